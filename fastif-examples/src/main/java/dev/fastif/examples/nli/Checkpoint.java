package dev.fastif.examples.nli;

import dev.fastif.core.ParameterLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Trained parameters [p] in a file, in numpy's format. A file appears only when it is complete. */
record Checkpoint(Path file) {
    /** The parameters, or null if they were not kept yet. */
    @Nullable
    INDArray read(ParameterLayout layout) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        INDArray theta = Nd4j.createFromNpyFile(file.toFile());
        return layout.require("the checkpoint " + file + " (delete it to train again)", theta.reshape(theta.length()));
    }

    void write(INDArray theta) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            Path partial = Files.createTempFile(folder, "partial", ".npy");
            try {
                Nd4j.writeAsNumpy(theta, partial.toFile());
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the trained parameters could not be kept in " + file, e);
        }
    }
}
