package dev.fastif.examples.nli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An array in a file, in numpy's format. A file appears only when it is complete. */
record KeptArray(Path file) {
    /** The array, or null if it was not kept yet. */
    @Nullable
    INDArray read() {
        return Files.isRegularFile(file) ? Nd4j.createFromNpyFile(file.toFile()) : null;
    }

    void write(INDArray array) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            Path partial = Files.createTempFile(folder, "partial", ".npy");
            try {
                Nd4j.writeAsNumpy(array, partial.toFile());
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the array could not be kept in " + file, e);
        }
    }
}
