package dev.fastif.examples.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Opens addresses of Maven Central from the local Maven repository where it has their files, and all others by another opener.
 * Immutable and thread-safe.
 *
 * @param root the local repository
 * @param otherwise opens what is not there
 */
public record LocalRepository(Path root, Download.Opener otherwise) implements Download.Opener {
    private static final String CENTRAL = "/maven2/";

    /** The repository that Maven uses on this machine, unless its settings say otherwise. */
    public static LocalRepository ofUser(Download.Opener otherwise) {
        String given = System.getProperty("maven.repo.local");
        return new LocalRepository(
                given == null ? Path.of(System.getProperty("user.home"), ".m2", "repository") : Path.of(given),
                otherwise);
    }

    /** The file of an address, if it is in the repository. */
    public Optional<Path> find(URI address) {
        String path = address.getPath();
        return path.startsWith(CENTRAL)
                ? Optional.of(root.resolve(path.substring(CENTRAL.length()))).filter(Files::isRegularFile)
                : Optional.empty();
    }

    @Override
    public InputStream open(URI address) throws IOException {
        Optional<Path> file = find(address);
        return file.isPresent() ? Files.newInputStream(file.get()) : otherwise.open(address);
    }
}
