package dev.fastif.hvp.samediff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.api.ops.impl.loss.SoftmaxCrossEntropyWithLogitsLoss;
import org.nd4j.linalg.api.ops.impl.scalar.Relu6;
import org.nd4j.linalg.api.ops.impl.transforms.custom.Standardize;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Mish;
import org.nd4j.linalg.api.ops.impl.transforms.strict.RationalTanh;
import org.nd4j.linalg.api.ops.impl.transforms.strict.RectifiedTanh;

/** A graph for each operation. */
final class SdGraphs {
    private static final long[] ROWS = {1, 4};

    private SdGraphs() {}

    static SdGraph find(String name) {
        return all().stream()
                .filter(graph -> graph.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static List<SdGraph> all() {
        List<SdGraph> all = new ArrayList<>();
        all.addAll(functions());
        all.addAll(arithmetic());
        all.addAll(shapes());
        all.addAll(images());
        all.addAll(losses());
        return all;
    }

    private static List<SdGraph> functions() {
        Map<String, BiFunction<SameDiff, SDVariable, SDVariable>> f = new LinkedHashMap<>();
        f.put("neg", (sd, x) -> sd.math().neg(x));
        f.put("square", (sd, x) -> sd.math().square(x));
        f.put("cube", (sd, x) -> sd.math().cube(x));
        f.put("exp", (sd, x) -> sd.math().exp(x));
        f.put("abs", (sd, x) -> sd.math().abs(x));
        f.put("erf", (sd, x) -> sd.math().erf(x));
        f.put("sin", (sd, x) -> sd.math().sin(x));
        f.put("cos", (sd, x) -> sd.math().cos(x));
        f.put("tanh", (sd, x) -> sd.math().tanh(x));
        f.put("sigmoid", (sd, x) -> sd.nn().sigmoid(x));
        f.put("softplus", (sd, x) -> sd.nn().softplus(x));
        f.put("softsign", (sd, x) -> sd.nn().softsign(x));
        f.put("swish", (sd, x) -> sd.nn().swish(x));
        f.put("mish", (sd, x) -> new Mish(sd, x, false).outputVariable());
        f.put("selu", (sd, x) -> sd.nn().selu(x));
        f.put("gelu", (sd, x) -> sd.nn().gelu(x));
        f.put("precise_gelu", (sd, x) -> sd.nn().preciseGelu(x));
        f.put("hard_sigmoid", (sd, x) -> sd.nn().hardSigmoid(x));
        f.put("hardtanh", (sd, x) -> sd.nn().hardTanh(x));
        f.put("elu", (sd, x) -> sd.nn().elu(x));
        f.put("pow", (sd, x) -> sd.math().pow(x, 3));
        f.put("leakyrelu", (sd, x) -> sd.nn().leakyRelu(x, 0.1));
        f.put("relu", (sd, x) -> sd.nn().relu(x, 0));
        f.put("relu6", (sd, x) -> new Relu6(sd, x, 0).outputVariable());
        f.put("rational_tanh", (sd, x) -> sd.math().tanh(new RationalTanh(sd, x, false).outputVariable()));
        f.put("rectified_tanh", (sd, x) -> new RectifiedTanh(sd, x, false).outputVariable());
        f.put("identity", (sd, x) -> sd.identity(x));
        f.put("log, sqrt", (sd, x) -> sd.math()
                .log(sd.math().sqrt(sd.math().exp(x).add(0.5))));
        f.put("log1p, rsqrt", (sd, x) -> sd.math()
                .log1p(sd.math().rsqrt(sd.math().exp(x).add(0.5))));
        f.put("reciprocal", (sd, x) -> sd.math().reciprocal(sd.math().exp(x).add(0.5)));
        f.put("softmax", (sd, x) -> sd.nn().softmax(x, 1));
        f.put("softmax of columns", (sd, x) -> sd.permute(sd.nn().softmax(sd.permute(x, 1, 0), 0), 1, 0));
        f.put("log_softmax", (sd, x) -> sd.nn().logSoftmax(x));
        f.put("wrong: standardize", (sd, x) -> new Standardize(sd, x, 1).outputVariable());
        f.put(
                "scalars",
                (sd, x) ->
                        x.add(0.5).sub(0.2).mul(1.5).div(0.7).rsub(1.0).add(9.0).rdiv(2.0));
        List<SdGraph> graphs = new ArrayList<>();
        f.forEach((name, function) ->
                graphs.add(new SdGraph(name, (sd, g) -> SdGraph.read(sd, function.apply(sd, g.hidden(sd)), ROWS))));
        return graphs;
    }

    private static List<SdGraph> arithmetic() {
        return List.of(
                new SdGraph("add, subtract, multiply, divide", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable row = g.parameter(sd, "row", 4);
                    return SdGraph.read(
                            sd, h.add(row).mul(h.sub(row)).div(sd.math().exp(row)), ROWS);
                }),
                new SdGraph(
                        "squaredsubtract",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).squaredDifference(g.parameter(sd, "row", 4)), ROWS)),
                new SdGraph(
                        "matmul, transposed",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.mmul(sd.math().tanh(g.hidden(sd)), g.parameter(sd, "u", 4, 4), false, true, false),
                                ROWS)),
                new SdGraph(
                        "xw_plus_b",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.nn()
                                        .linear(
                                                sd.math().tanh(g.hidden(sd)),
                                                g.parameter(sd, "u", 4, 4),
                                                g.parameter(sd, "b", 4)),
                                ROWS)),
                new SdGraph(
                        "biasadd",
                        (sd, g) ->
                                SdGraph.read(sd, sd.nn().biasAdd(g.hidden(sd), g.parameter(sd, "b", 4), false), ROWS)),
                new SdGraph(
                        "wrong: layer_norm",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.nn()
                                        .layerNorm(
                                                g.hidden(sd),
                                                g.parameter(sd, "g", 4),
                                                g.parameter(sd, "b", 4),
                                                false,
                                                1),
                                ROWS)),
                new SdGraph(
                        "batchnorm",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.nn()
                                        .batchNorm(
                                                g.hidden(sd),
                                                sd.constant(SameDiffModelTest.normal(3, 4)),
                                                sd.constant(SameDiffModelTest.normal(4, 4)
                                                        .muli(0.1)
                                                        .addi(1)),
                                                g.parameter(sd, "g", 4),
                                                g.parameter(sd, "b", 4),
                                                1e-3,
                                                1),
                                ROWS)));
    }

    private static List<SdGraph> shapes() {
        return List.of(
                new SdGraph("reduce_sum, reduce_mean", (sd, g) -> {
                    SDVariable h = sd.math().tanh(g.hidden(sd));
                    return SdGraph.read(sd, h.mul(sd.sum(h, true, 1)).add(sd.mean(h, true, 1)), ROWS);
                }),
                new SdGraph("reduce_max, reduce_min", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    return SdGraph.read(sd, h.mul(sd.max(h, true, 1)).add(sd.min(h, true, 1)), ROWS);
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
                new SdGraph("slice", (sd, g) -> SdGraph.read(sd, sd.slice(g.hidden(sd), new int[] {0, 1}, 3, 2), 1, 2)),
                new SdGraph(
                        "strided_slice",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).get(SDIndex.all(), SDIndex.interval(1, 4)), 1, 3)),
                new SdGraph(
                        "strided_slice of a point",
                        (sd, g) -> SdGraph.read(sd, g.hidden(sd).get(SDIndex.all(), SDIndex.point(2)), 1)),
                new SdGraph(
                        "wrong: gather with duplicate ids",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.gather(g.parameter(sd, "table", 5, 4), sd.placeHolder("ids", DataType.INT32, -1), 0),
                                ROWS)));
    }

    private static List<SdGraph> images() {
        return List.of(
                new SdGraph("conv2d", (sd, g) -> {
                    Conv2DConfig config = Conv2DConfig.builder()
                            .kH(2)
                            .kW(3)
                            .sH(2)
                            .sW(1)
                            .pH(1)
                            .pW(0)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.VALID)
                            .dataFormat("NCHW")
                            .build();
                    return SdGraph.read(
                            sd,
                            sd.cnn()
                                    .conv2d(
                                            images(sd),
                                            g.parameter(sd, "k", 2, 3, 2, 3),
                                            g.parameter(sd, "b", 3),
                                            config),
                            1,
                            3,
                            3,
                            2);
                }),
                new SdGraph("pooling", (sd, g) -> {
                    Conv2DConfig config = Conv2DConfig.builder()
                            .kH(2)
                            .kW(2)
                            .sH(1)
                            .sW(1)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.SAME)
                            .dataFormat("NCHW")
                            .build();
                    SDVariable h = sd.cnn().conv2d(images(sd), g.parameter(sd, "k", 2, 2, 2, 3), config);
                    Pooling2DConfig pool = Pooling2DConfig.builder()
                            .kH(2)
                            .kW(2)
                            .sH(2)
                            .sW(2)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.SAME)
                            .isNHWC(false)
                            .build();
                    return SdGraph.read(
                            sd, sd.cnn().maxPooling2d(h, pool).add(sd.cnn().avgPooling2d(h, pool)), 1, 3, 3, 2);
                }));
    }

    private static SDVariable images(SameDiff sd) {
        return sd.placeHolder("images", DataType.DOUBLE, -1, 2, 5, 4);
    }

    private static SDVariable logits(SameDiff sd, SdGraph g) {
        SDVariable hidden = sd.math().tanh(g.hidden(sd));
        return sd.mmul(hidden, g.parameter(sd, "u", 4, 3)).add("logits", g.parameter(sd, "b", 3));
    }

    private static List<SdGraph> losses() {
        return List.of(
                new SdGraph("mean_sqerr_loss", (sd, g) -> sd.loss().meanSquaredError(g.y(sd), logits(sd, g), null)),
                new SdGraph("huber_loss", (sd, g) -> sd.loss().huberLoss(g.y(sd), logits(sd, g), null, 0.8)),
                new SdGraph("log_poisson_loss", (sd, g) -> sd.loss().logPoisson(g.y(sd), logits(sd, g), null, false)),
                new SdGraph("cosine_distance_loss", (sd, g) -> sd.loss()
                        .cosineDistance(g.y(sd), sd.math().tanh(logits(sd, g)), null, 1)),
                new SdGraph("absolute_difference_loss", (sd, g) -> sd.loss()
                        .absoluteDifference(g.y(sd), logits(sd, g), null)),
                new SdGraph("sigm_cross_entropy_loss", (sd, g) -> sd.loss()
                        .sigmoidCrossEntropy(g.y(sd), logits(sd, g), null)),
                new SdGraph("softmax_cross_entropy_loss", (sd, g) -> sd.loss()
                        .softmaxCrossEntropy(g.y(sd), logits(sd, g), null)),
                new SdGraph("wrong: softmax_cross_entropy_loss, scaled", (sd, g) -> sd.loss()
                        .softmaxCrossEntropy(g.y(sd), logits(sd, g), null)
                        .mul(3.0)),
                new SdGraph("log_loss", (sd, g) -> sd.loss()
                        .logLoss(g.y(sd), sd.nn().sigmoid(logits(sd, g)))),
                new SdGraph("hinge_loss", (sd, g) -> sd.loss().hingeLoss(g.y(sd), logits(sd, g), null)),
                new SdGraph(
                        "wrong: softmax_cross_entropy_loss_with_logits, in a mean",
                        (sd, g) -> sd.mean(
                                new SoftmaxCrossEntropyWithLogitsLoss(sd, logits(sd, g), g.y(sd), 1).outputVariable())),
                new SdGraph(
                        "wrong: sparse_softmax_cross_entropy_loss_with_logits, in a mean",
                        (sd, g) -> sd.mean(sd.loss()
                                .sparseSoftmaxCrossEntropy(logits(sd, g), sd.placeHolder("ids", DataType.INT32, -1)))),
                new SdGraph(
                        "by hand",
                        (sd, g) ->
                                sd.mean(sd.sum(sd.nn().logSoftmax(logits(sd, g)).mul(g.y(sd)), 1)
                                        .neg())),
                new SdGraph("wrong: two terms, one of them scaled", (sd, g) -> sd.loss()
                        .meanSquaredError(g.y(sd), logits(sd, g), null)
                        .mul(0.5)
                        .add(sd.mean(sd.math().square(sd.getVariable("logits"))))));
    }
}
