package dev.fastif.hvp.index;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.Preselection;
import dev.fastif.core.Progress;
import dev.fastif.core.Stage;
import dev.fastif.core.Sweep;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Memory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The coordinates of the gradients of all training examples: influences of the whole training set by one product, in a curvature that
 * was fitted once. They are those of the {@link CurvatureFit}, not exact: an engine scores the best again.
 *
 * <p>Thread-safe until it is closed, which frees the coordinates.
 */
public final class InfluenceIndex implements AutoCloseable {
    private final CurvatureFit fit;
    private final Model model;
    private final long revision;
    private final INDArray coordinates;

    private InfluenceIndex(CurvatureFit fit, Model model, long revision, INDArray coordinates) {
        this.fit = fit;
        this.model = model;
        this.revision = revision;
        this.coordinates = coordinates;
    }

    /**
     * Computes the coordinates of a training set.
     *
     * @param fit of this model
     * @param devices share the work
     * @param progress hears of stage {@link Stage#INDEX}, in examples
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public static InfluenceIndex of(
            CurvatureFit fit, Model model, TrainingSet trainingSet, DeviceGroup devices, Progress progress) {
        long revision = model.revision(); // before the parameters are read
        INDArray coordinates =
                Nd4j.createUninitializedDetached(DataType.FLOAT, 'c', trainingSet.size(), fit.coordinates());
        int[] all = IntStream.range(0, trainingSet.size()).toArray();
        Sweep.of(model, trainingSet, devices)
                .over(
                        all,
                        Stage.INDEX,
                        progress,
                        (replica, batch, ids) -> fit.rows(replica, batch, replica.loss()),
                        (ids, rows) -> {
                            for (int i = 0; i < ids.length; i++) {
                                put(coordinates, ids[i], rows.get(i));
                            }
                        });
        return new InfluenceIndex(fit, model, revision, coordinates);
    }

    private static void put(INDArray coordinates, int id, double... row) {
        float[] single = new float[row.length];
        for (int k = 0; k < row.length; k++) {
            single[k] = (float) row[k];
        }
        try (INDArray array = Nd4j.createFromArray(single)) {
            coordinates.getRow(id).assign(array);
        }
    }

    /** This index with fewer coordinates: see {@link CurvatureFit#withCoordinates}. A copy, to be closed by itself. */
    public InfluenceIndex withCoordinates(int count) {
        CurvatureFit fewer = fit.withCoordinates(count);
        long[] positions = Arrays.stream(fewer.positionsIn(fit)).asLongStream().toArray();
        INDArray columns = coordinates.get(NDArrayIndex.all(), NDArrayIndex.indices(positions));
        return new InfluenceIndex(fewer, model, revision, columns.dup('c'));
    }

    /** The number N of training examples. */
    public int size() {
        return Math.toIntExact(coordinates.size(0));
    }

    /**
     * The influences of all training examples on a quantity of each test point: positive is harmful for a loss.
     *
     * @param batch the test points
     * @param damping lambda, at least 0
     * @return for each test point I(z) by the training example's id
     */
    public double[][] influences(Batch batch, Measurement measurement, double damping) {
        return influences(batch, measurement, fit.inverse(damping));
    }

    private double[][] influences(Batch batch, Measurement measurement, CurvatureFit.Inverse inverse) {
        if (model.revision() != revision) {
            throw new IllegalStateException(
                    "the model's parameters were replaced since the index was made, and its coordinates are"
                            + " of the old ones: fit anew");
        }
        List<double[]> rows = fit.rows(model, batch, measurement);
        double[][] solved = rows.stream().map(inverse::solve).toArray(double[][]::new);
        try (INDArray questions = Nd4j.createFromArray(solved).castTo(DataType.FLOAT);
                INDArray products = questions.mmul(coordinates.transpose())) {
            double[][] influences = new double[solved.length][];
            double[] all = Matrices.elements(products);
            for (int q = 0; q < solved.length; q++) {
                influences[q] = new double[size()];
                for (int i = 0; i < size(); i++) {
                    influences[q][i] = -all[q * size() + i];
                }
            }
            return influences;
        }
    }

    /**
     * The influence of each training example on its own loss, {@code -c (C + damping I)^-1 c}, by id: never positive.
     *
     * @param damping lambda, at least 0
     */
    public double[] selfInfluences(double damping) {
        double[][] inverse = fit.inverse(damping).factor().inverseFactor();
        int k = fit.coordinates();
        double[] influences = new double[size()];
        INDArray factor = Matrices.zeros(DataType.FLOAT, k, k);
        for (int i = 0; i < k; i++) {
            for (int j = 0; j <= i; j++) {
                factor.putScalar(i, j, inverse[i][j]);
            }
        }
        int atOnce = Math.max(1, (1 << 22) / k);
        for (int start = 0; start < size(); start += atOnce) {
            int end = Math.min(size(), start + atOnce);
            INDArray part = coordinates.get(NDArrayIndex.interval(start, end), NDArrayIndex.all());
            double[] whitened = Matrices.elements(part.mmul(factor.transpose()));
            for (int i = start; i < end; i++) {
                double sum = 0;
                for (int j = 0; j < k; j++) {
                    double x = whitened[(i - start) * k + j];
                    sum += x * x;
                }
                influences[i] = -sum;
            }
        }
        Memory.free(factor);
        return influences;
    }

    /**
     * Preselects the training examples of the largest influences by this index: half of them the most helpful, half the most harmful,
     * one more helpful if k is odd.
     *
     * @param damping lambda, that of the solver that scores them again
     */
    public Preselection preselection(double damping) {
        CurvatureFit.Inverse inverse = fit.inverse(damping);
        return (testPoints, measurement, k) -> {
            double[] mean = new double[size()];
            for (double[] influences : influences(testPoints, measurement, inverse)) {
                Matrices.add(mean, influences);
            }
            return Candidates.of(Extremes.of(mean, k));
        };
    }

    /** The fit that the coordinates are of. */
    public CurvatureFit fit() {
        return fit;
    }

    @Override
    public void close() {
        Memory.free(coordinates);
    }
}
