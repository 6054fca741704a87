package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.store.NpyFile;
import dev.fastif.examples.digits.DigitNet;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Real handwritten digits of 8 x 8 pixels: the UCI set that scikit-learn carries, as the golden values of the tests hold it.
 *
 * @param training 1,500 examples
 * @param tests 100 more
 */
record Digits(TrainingSet training, Batch tests) {
    /** Where a clone of the repository has them, seen from its root. */
    static final Path FOLDER = Path.of("fastif-hvp", "src", "test", "resources", "golden", "digits");

    static final int PIXELS = 64;
    static final int CLASSES = 10;

    static Digits read(Path folder) {
        return new Digits(TrainingSet.of(part(folder, "train")), part(folder, "test"));
    }

    /** The digits that come with the examples, as a network of DL4J takes them. */
    static Digits of(DigitNet net) {
        DataSet training = net.data(dev.fastif.examples.digits.Digits.training(1500), DataType.DOUBLE);
        DataSet tests = net.data(dev.fastif.examples.digits.Digits.tests(), DataType.DOUBLE);
        return new Digits(TrainingSet.of(training), Batch.of(tests.getFeatures(), tests.getLabels()));
    }

    /** What the test points show, [tests]. */
    INDArray testClasses() {
        INDArray labels = tests.get(Batch.LABELS);
        return labels.rank() == 1 ? labels : labels.argMax(1).castTo(DataType.DOUBLE);
    }

    /** One test point, as a batch. */
    Batch test(int i) {
        return TrainingSet.of(tests).batch(i);
    }

    private static Batch part(Path folder, String name) {
        return Batch.of(array(folder, "features_" + name), array(folder, "labels_" + name));
    }

    private static INDArray array(Path folder, String name) {
        Path file = folder.resolve(name + ".npy");
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("there is no " + file + ": start in the root of the repository");
        }
        return NpyFile.read(file).castTo(DataType.DOUBLE);
    }
}
