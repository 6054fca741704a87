package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The oracle: what SameDiff's forward pass says a batch's loss is, and its central differences. */
final class Forward {
    private static final double STEP = 1e-5;

    private Forward() {}

    /** What SameDiff trains on a batch: the sum of all elements of all loss variables. */
    static double loss(SameDiff sd, Batch batch) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        batch.names().forEach(name -> arrays.put(name, batch.get(name)));
        List<String> names = sd.getLossVariables();
        Map<String, INDArray> values = sd.output(arrays, names.toArray(new String[0]));
        return names.stream()
                .mapToDouble(name -> Objects.requireNonNull(values.get(name))
                        .castTo(DataType.DOUBLE)
                        .sumNumber()
                        .doubleValue())
                .sum();
    }

    /** Its derivative along v, [p]. The graph's variables are moved, and put back. */
    static double slope(SameDiff sd, SameDiffModel model, Batch batch, INDArray v) {
        return slope(sd, model, batch, v, STEP);
    }

    private static double slope(SameDiff sd, SameDiffModel model, Batch batch, INDArray v, double step) {
        move(sd, model, v, step);
        double up = loss(sd, batch);
        move(sd, model, v, -2 * step);
        double down = loss(sd, batch);
        move(sd, model, v, step);
        return (up - down) / (2 * step);
    }

    /** The derivative by the step that comes nearest to what was found: a larger one may cross a kink, or a sharp bend. */
    private static double nearestSlope(
            SameDiff sd, SameDiffModel model, Batch batch, INDArray v, double found, int times) {
        return DoubleStream.of(STEP, STEP / 10, STEP / 100)
                .map(step -> slope(sd, model, batch, v, step) / times)
                .boxed()
                .min(Comparator.comparingDouble(slope -> Math.abs(slope - found)))
                .orElseThrow();
    }

    static void move(SameDiff sd, SameDiffModel model, INDArray v, double by) {
        model.parameters().names().forEach(name -> sd.getVariable(name)
                .getArr()
                .addi(model.parameters().view(v, name).mul(by)));
    }

    /** One example of a batch. */
    static Batch example(Batch batch, int i) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        batch.names().forEach(name -> {
            INDArray all = batch.get(name);
            INDArrayIndex[] index = NDArrayIndex.allFor(all);
            index[0] = NDArrayIndex.interval(i, i + 1);
            long[] shape = all.shape().clone();
            shape[0] = 1;
            arrays.put(name, all.dup('c').get(index).dup('c').reshape('c', shape));
        });
        return Batch.of(arrays);
    }

    private static Batch twice(Batch example) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        example.names().forEach(name -> arrays.put(name, Nd4j.concat(0, example.get(name), example.get(name))));
        return Batch.of(arrays);
    }

    /** The model of a graph that is trained by such batches. */
    static SameDiffModel model(SameDiff sd, Batch batch) {
        return SameDiffModel.builder(sd).batchSize(batch.size()).build();
    }

    /** A direction [p] of unit steps. */
    static INDArray direction(SameDiffModel model, long seed) {
        return TestArrays.normal(seed, model.parameters().size());
    }

    /**
     * Requires that the loss of each example is SameDiff's of it alone, that the batch's is their mean or their sum, and that the
     * gradient is the slope of SameDiff's values.
     */
    static void requireSame(SameDiff sd, SameDiffModel model, Batch batch, boolean sum, double tolerance) {
        INDArray losses = model.losses(batch);
        assertEquals(batch.size(), losses.length());
        for (int i = 0; i < batch.size(); i++) {
            // twice, since SameDiff cannot reduce a dimension of size 1
            double alone = loss(sd, twice(example(batch, i))) / (sum ? 2 : 1);
            assertEquals(alone, losses.getDouble(i), tolerance * Math.max(1, Math.abs(alone)), "example " + i);
        }
        int times = sum ? batch.size() : 1;
        double together = loss(sd, batch);
        assertEquals(
                together,
                losses.meanNumber().doubleValue() * times,
                tolerance * Math.max(1, Math.abs(together)),
                "the batch's loss");
        INDArray v = direction(model, 5);
        SameDiffModel fresh = model(sd, batch);
        INDArray gradient = fresh.gradient(batch);
        double found = gradient.mul(v).sumNumber().doubleValue();
        double slope = nearestSlope(sd, model, batch, v, found, times);
        double size = gradient.norm2Number().doubleValue() * v.norm2Number().doubleValue();
        assertTrue(Double.isFinite(size), "the gradient is finite");
        assertEquals(slope, found, Math.max(2e-6, tolerance) * Math.max(size, 1e-4), "the slope");
    }
}
