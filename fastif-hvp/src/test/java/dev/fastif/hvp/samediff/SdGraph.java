package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A SameDiff graph around an operation, on placeholders x [n, 4], y [n, 3], images [n, 2, 5, 4] and ids [n]. */
record SdGraph(String name, Maker maker) {
    interface Maker {
        /** The loss. */
        SDVariable loss(SameDiff sd, SdGraph graph);
    }

    SameDiff build() {
        SameDiff sd = SameDiff.create();
        // with its cache SameDiff silently gives wrong numbers
        sd.setEnableCache(false);
        SDVariable loss = maker.loss(sd, this);
        sd.setLossVariables(loss.name());
        return sd;
    }

    SDVariable x(SameDiff sd) {
        return placeholder(sd, "x", DataType.DOUBLE, 4);
    }

    SDVariable y(SameDiff sd) {
        return placeholder(sd, "y", DataType.DOUBLE, 3);
    }

    /** The class of each example, [n]. */
    static SDVariable ids(SameDiff sd) {
        return placeholder(sd, "ids", DataType.INT32);
    }

    /** A placeholder [n, ...] of such a shape, or the one that the graph has already. */
    static SDVariable placeholder(SameDiff sd, String name, DataType type, long... shape) {
        SDVariable known = sd.getVariable(name);
        return known != null
                ? known
                : sd.placeHolder(
                        name,
                        type,
                        LongStream.concat(LongStream.of(-1), LongStream.of(shape))
                                .toArray());
    }

    /** Something [n, 4] of every example: what is called "hidden" already, or x w. */
    SDVariable hidden(SameDiff sd) {
        SDVariable known = sd.getVariable("hidden");
        return known != null ? known : sd.mmul(x(sd), parameter(sd, "w", 4, 4));
    }

    SDVariable parameter(SameDiff sd, String name, long... shape) {
        return sd.var(name, TestArrays.normal(name.hashCode(), shape).muli(0.7));
    }

    /** The mean of every element times a weight of its own, curved. */
    static SDVariable read(SameDiff sd, SDVariable z, long... shape) {
        SDVariable weights = sd.constant(TestArrays.normal(99, shape));
        return sd.mean(sd.math().tanh(z.mul(weights)).mul(z));
    }

    Batch batch() {
        INDArray classes = Nd4j.createFromArray(new double[][] {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}});
        Map<String, INDArray> all = Map.of(
                "x", TestArrays.normal(1, 3, 4),
                "y", classes,
                "images", TestArrays.normal(2, 3, 2, 5, 4),
                "mask", Nd4j.createFromArray(new double[][] {{1, 0}, {1, 1}, {0, 1}}),
                "ids", Nd4j.createFromArray(2, 0, 2));
        Map<String, INDArray> used = new LinkedHashMap<>();
        build().inputs().forEach(input -> {
            INDArray array = all.get(input);
            if (array != null) {
                used.put(input, array);
            }
        });
        return Batch.of(used);
    }

    /** ND4J keeps the constants of some functions in single precision. */
    double tolerance() {
        return List.of("hard_sigmoid", "rational_tanh", "gelu", "precise_gelu", "selu", "mergeadd, mergeavg, mergemax")
                        .contains(name)
                ? 1e-6
                : 1e-10;
    }

    /** The gradients that SameDiff silently gets wrong, or cannot compute. */
    boolean gradientIsWrong() {
        return isGradientWrong(name);
    }

    static boolean isGradientWrong(String name) {
        return name.startsWith("wrong: ")
                || List.of("precise_gelu", "mish", "batchnorm").contains(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
