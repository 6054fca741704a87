package dev.fastif.core.internal.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** What makes a file outlive a power failure, on interrupted threads too. */
public final class Durable {
    private Durable() {}

    /** Something to do with files that an interrupt ends. */
    @FunctionalInterface
    public interface Action<T> {
        /** Does it; can be done again. */
        T run() throws IOException;
    }

    /**
     * Does what an interrupt would end, such as opening a channel, to its end. The flag is set afterwards if it was before,
     * or the thread was interrupted meanwhile.
     */
    public static <T> T uninterrupted(Action<T> action) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return action.run();
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The folder that a file is in. */
    public static Path folderOf(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw new IOException(file + " is a folder: give the path of a file");
        }
        return folder;
    }

    /** Gives a complete file its name, in one step: whatever happens, there is the old one or the new one. */
    static void replace(Path complete, Path file) throws IOException {
        force(complete);
        Files.move(complete, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceFolder(folderOf(file));
    }

    /** Forces the content of a file to the disk, whoever wrote it. */
    private static void force(Path file) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.getFD().sync();
        }
    }

    /** Forces the names in a folder to the disk. */
    private static void forceFolder(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) { // others cannot open folders
            uninterrupted(() -> {
                try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                    channel.force(true);
                    return folder;
                }
            });
        }
    }
}
