package dev.fastif.hvp.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** A graph for each operation that moves or reduces elements, or attends to steps. */
final class SdShapeGraphs {
    private static final long[] ROWS = {1, 4};

    private SdShapeGraphs() {}

    static List<SdGraph> all() {
        return List.of(
                new SdGraph("reduce_sum, reduce_mean", (sd, g) -> {
                    SDVariable h = sd.math().tanh(g.hidden(sd));
                    return SdGraph.read(sd, h.mul(sd.sum(h, true, 1)).add(sd.mean(h, true, 1)), ROWS);
                }),
                new SdGraph("reduce_max, reduce_min", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    return SdGraph.read(sd, h.mul(sd.max(h, true, 1)).add(sd.min(h, true, 1)), ROWS);
                }),
                new SdGraph("reduce_norm1, reduce_norm2, reduce_sqnorm, reduce_normmax", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable all = sd.norm1(h, true, 1)
                            .add(sd.norm2(h, true, 1))
                            .add(sd.squaredNorm(h, true, 1))
                            .add(sd.normmax(h, true, 1));
                    return SdGraph.read(sd, h.mul(all), ROWS);
                }),
                new SdGraph("asum, amean, amax", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable all = sd.math()
                            .asum(h, 1)
                            .add(sd.math().reduceAmean(h, 1))
                            .add(sd.math().reduceAMax(h, 1));
                    return SdGraph.read(sd, all, 1);
                }),
                new SdGraph(
                        "wrong: reduce_logsumexp",
                        (sd, g) -> SdGraph.read(sd, sd.math().logSumExp(g.hidden(sd), 1), 1)),
                new SdGraph("wrong: var, std", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable all = sd.variance(h, true, true, 1)
                            .add(sd.variance(h, false, true, 1))
                            .add(sd.standardDeviation(h, true, true, -1))
                            .add(sd.standardDeviation(h, false, true, 1));
                    return SdGraph.read(sd, h.mul(all), ROWS);
                }),
                new SdGraph("moments", (sd, g) -> {
                    SDVariable[] all = sd.math().moments(g.hidden(sd), new int[] {1}, true);
                    return SdGraph.read(sd, all[0].add(sd.math().exp(all[1])), 1, 1);
                }),
                new SdGraph("dot, euclidean, manhattan, cosinesimilarity, cosinedistance", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable k = sd.math().sin(h);
                    SDVariable all = sd.dot(h, k, 1)
                            .add(sd.math().euclideanDistance(h, k, 1))
                            .add(sd.math().manhattanDistance(h, k, 1))
                            .add(sd.math().cosineSimilarity(h, k, 1))
                            .add(sd.math().square(sd.math().cosineDistance(h, k, 1)));
                    return SdGraph.read(sd, all, 1);
                }),
                new SdGraph("reductions over several dimensions", (sd, g) -> {
                    SDVariable h = sd.reshape(sd.tile(g.hidden(sd), 1, 2), -1, 2, 2, 2);
                    SDVariable all =
                            sd.sum(h, true, 1, 2).add(sd.mean(h, true, 1, 2, 3)).add(sd.expandDims(sd.max(h, -3), 1));
                    return SdGraph.read(sd, h.mul(all), 1, 2, 2, 2);
                }),
                new SdGraph("reduce_sum over dimensions that are a constant", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable all = sd.math().sum(h, sd.constant(Nd4j.createFromArray(1)), true);
                    return SdGraph.read(sd, h.mul(all), ROWS);
                }),
                new SdGraph("wrong: reductions of parameters over all dimensions", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable w = sd.getVariable("w");
                    return SdGraph.read(sd, h.mul(sd.sum(sd.math().square(w))).div(sd.norm2(w)), ROWS);
                }),
                new SdGraph("wrong: cumsum", (sd, g) -> {
                    SDVariable h = sd.math().tanh(g.hidden(sd));
                    SDVariable all = sd.cumsum(h, false, false, 1)
                            .add(sd.cumsum(h, true, false, 1).mul(2.0))
                            .add(sd.cumsum(h, false, true, -1).mul(3.0))
                            .add(sd.cumsum(h, true, true, 1).mul(4.0));
                    return SdGraph.read(sd, all, ROWS);
                }),
                new SdGraph("transpose, tile, reverse", (sd, g) -> {
                    SDVariable h = sd.tile(g.hidden(sd), 1, 2);
                    return SdGraph.read(sd, sd.transpose(sd.reverse(sd.transpose(h), 0)), 1, 8);
                }),
                new SdGraph(
                        "pad",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.nn()
                                        .pad(
                                                g.hidden(sd),
                                                sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {1, 2}})),
                                                1.5),
                                1,
                                7)),
                new SdGraph("stack, unstack, split", (sd, g) -> {
                    SDVariable[] halves = sd.split(g.hidden(sd), 2, 1);
                    SDVariable[] parts =
                            sd.unstack(sd.stack(1, halves[1], sd.math().tanh(halves[0])), 1, 2);
                    return SdGraph.read(sd, parts[1].mul(parts[0]), 1, 2);
                }),
                new SdGraph(
                        "reshape, permute",
                        (sd, g) -> SdGraph.read(sd, sd.permute(sd.reshape(g.hidden(sd), -1, 2, 2), 0, 2, 1), 1, 2, 2)),
                new SdGraph("concat", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    return SdGraph.read(sd, sd.concat(1, h, sd.math().square(h)), 1, 8);
                }),
                new SdGraph(
                        "expand_dims, squeeze",
                        (sd, g) ->
                                SdGraph.read(sd, sd.squeeze(sd.math().tanh(sd.expandDims(g.hidden(sd), 1)), 1), ROWS)),
                new SdGraph(
                        "slice", (sd, g) -> SdGraph.read(sd, sd.slice(g.hidden(sd), new int[] {0, 1}, -1, 2), 1, 2)),
                new SdGraph(
                        "strided_slice",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).get(SDIndex.all(), SDIndex.interval(1, 4)), 1, 3)),
                new SdGraph(
                        "strided_slice of a point",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).get(SDIndex.all(), SDIndex.point(2)), 1)),
                new SdGraph(
                        "strided_slice by steps",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).get(SDIndex.all(), SDIndex.interval(0, 2, 4)), 1, 2)),
                new SdGraph(
                        "strided_slice of a point, kept",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).get(SDIndex.all(), SDIndex.point(1, true)), 1, 1)),
                new SdGraph("layer_norm of channels", (sd, g) -> {
                    SDVariable h = sd.reshape(g.hidden(sd), -1, 2, 2);
                    SDVariable y = sd.nn().layerNorm(h, g.parameter(sd, "g", 2), g.parameter(sd, "b", 2), true, 2);
                    return SdGraph.read(sd, y.add(sd.nn().layerNorm(h, g.parameter(sd, "k", 2), false, 1)), 1, 2, 2);
                }),
                new SdGraph("wrong: one hot classes, cast and compared", (sd, g) -> {
                    SDVariable ids = SdGraph.ids(sd);
                    SDVariable hot = sd.castTo(sd.oneHot(ids, 4), DataType.DOUBLE);
                    SDVariable large = sd.castTo(sd.gt(ids, sd.constant(0)), DataType.DOUBLE);
                    return sd.mean(sd.math()
                            .square(g.hidden(sd).mul(hot))
                            .mul(sd.expandDims(large, 1).add(0.5)));
                }),
                attention("dot_product_attention"),
                attention("dot_product_attention, masked"),
                attention("multi_head_dot_product_attention"),
                attention("multi_head_dot_product_attention, masked"),
                new SdGraph(
                        "wrong: gather with duplicate ids",
                        (sd, g) ->
                                SdGraph.read(sd, sd.gather(g.parameter(sd, "table", 5, 4), SdGraph.ids(sd), 0), ROWS)));
    }

    private static SdGraph attention(String name) {
        return new SdGraph(name, (sd, g) -> {
            SDVariable h = sd.reshape(g.hidden(sd), -1, 2, 2);
            SDVariable mask = name.endsWith("masked") ? SdGraph.placeholder(sd, "mask", DataType.DOUBLE, 2) : null;
            SDVariable k = sd.math().sin(h);
            if (name.startsWith("dot")) {
                return SdGraph.read(
                        sd, sd.nn().dotProductAttention(h, k, sd.math().tanh(h), mask, true), 1, 2, 2);
            }
            SDVariable y = sd.nn()
                    .multiHeadDotProductAttention(
                            h,
                            k,
                            k,
                            g.parameter(sd, "wq", 2, 3, 2),
                            g.parameter(sd, "wk", 2, 3, 2),
                            g.parameter(sd, "wv", 2, 2, 2),
                            g.parameter(sd, "wo", 4, 5),
                            mask,
                            mask != null);
            return SdGraph.read(sd, y, 1, 5, 2);
        });
    }
}
