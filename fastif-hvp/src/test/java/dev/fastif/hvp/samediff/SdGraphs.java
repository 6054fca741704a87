package dev.fastif.hvp.samediff;

import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
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
        all.addAll(SdShapeGraphs.all());
        all.addAll(SdImageGraphs.all());
        all.addAll(losses());
        all.addAll(SdFrozenGraphs.all());
        return all;
    }

    /** Functions of arrays [n, 4]. */
    static Map<String, BiFunction<SameDiff, SDVariable, SDVariable>> makersOfFunctions() {
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
        f.put(
                "sign, floor, ceil, round, step",
                (sd, x) -> x.mul(sd.math()
                        .sign(x)
                        .add(sd.math().floor(x))
                        .add(sd.math().ceil(x))
                        .add(sd.math().round(x))
                        .add(sd.math().step(x, 0.2))));
        f.put("tan", (sd, x) -> sd.math().tan(sd.math().tanh(x)));
        f.put("asin, acos", (sd, x) -> {
            SDVariable part = sd.math().tanh(x).mul(0.9);
            return sd.math().asin(part).mul(sd.math().acos(part));
        });
        f.put("atan", (sd, x) -> sd.math().atan(x));
        f.put("sinh, cosh", (sd, x) -> sd.math().sinh(x).add(sd.math().cosh(x)));
        f.put("asinh", (sd, x) -> sd.math().asinh(x));
        f.put("acosh", (sd, x) -> sd.math().acosh(sd.math().exp(x).add(1.5)));
        f.put("atanh", (sd, x) -> sd.math().atanh(sd.math().tanh(x).mul(0.9)));
        f.put("expm1", (sd, x) -> sd.math().expm1(x));
        f.put("erfc", (sd, x) -> sd.math().erfc(x));
        f.put("logsigmoid", (sd, x) -> sd.nn().logSigmoid(x));
        f.put(
                "zeroslike, ones_as",
                (sd, x) -> sd.zerosLike(x).add(sd.onesLike(x)).mul(x));
        f.put("relu with a cutoff", (sd, x) -> sd.nn().relu(x, 0.3));
        f.put("ClipByValue", (sd, x) -> sd.math().clipByValue(x, -0.4, 0.9));
        f.put("max_scalar, scalar_min", (sd, x) -> sd.scalarMax(x, -0.2).add(sd.scalarMin(x, 0.3)));
        f.put("Pow", (sd, x) -> sd.math().pow(sd.math().exp(x), sd.constant(1.7)));
        f.put("crelu", (sd, x) -> sd.slice(sd.nn().cReLU(x), new int[] {0, 1}, -1, 4));
        f.put("prelu", (sd, x) -> sd.nn().prelu(x, sd.constant(TestArrays.normal(5, 1)), 1));
        f.put("softmax", (sd, x) -> sd.nn().softmax(x, 1));
        f.put("softmax of columns", (sd, x) -> sd.permute(sd.nn().softmax(sd.permute(x, 1, 0), 0), 1, 0));
        f.put("log_softmax", (sd, x) -> sd.nn().logSoftmax(x));
        f.put("wrong: standardize", (sd, x) -> new Standardize(sd, x, 1).outputVariable());
        f.put(
                "scalars",
                (sd, x) ->
                        x.add(0.5).sub(0.2).mul(1.5).div(0.7).rsub(1.0).add(9.0).rdiv(2.0));
        return f;
    }

    private static List<SdGraph> functions() {
        List<SdGraph> graphs = new ArrayList<>();
        makersOfFunctions()
                .forEach((name, function) -> graphs.add(
                        new SdGraph(name, (sd, g) -> SdGraph.read(sd, function.apply(sd, g.hidden(sd)), ROWS))));
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
                new SdGraph("reversesubtract, reversedivide", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable row = sd.math().exp(g.parameter(sd, "row", 4));
                    return SdGraph.read(sd, h.rsub(row).mul(sd.math().exp(h).rdiv(row)), ROWS);
                }),
                new SdGraph("maximum, minimum", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable k = sd.math().square(h);
                    return SdGraph.read(sd, sd.math().max(h, k).mul(sd.math().min(h, k)), ROWS);
                }),
                new SdGraph("mergeadd, mergeavg, mergemax", (sd, g) -> {
                    SDVariable h = g.hidden(sd);
                    SDVariable k = sd.math().square(h);
                    SDVariable all = sd.math()
                            .mergeAdd(h, k, h)
                            .add(sd.math().mergeAvg(h, k, k))
                            .add(sd.math().mergeMax(h, k, sd.math().tanh(h)));
                    return SdGraph.read(sd, all, ROWS);
                }),
                new SdGraph(
                        "relu_layer",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.nn()
                                        .reluLayer(
                                                sd.math().tanh(g.hidden(sd)),
                                                g.parameter(sd, "u", 4, 4),
                                                g.parameter(sd, "b", 4)),
                                ROWS)),
                new SdGraph("matmul, its result transposed", (sd, g) -> {
                    SDVariable h = sd.reshape(g.hidden(sd), -1, 2, 2);
                    return SdGraph.read(sd, sd.mmul(h, sd.math().tanh(h), false, false, true), 1, 2, 2);
                }),
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
                                                sd.constant(TestArrays.normal(3, 4)),
                                                sd.constant(TestArrays.normal(4, 4)
                                                        .muli(0.1)
                                                        .addi(1)),
                                                g.parameter(sd, "g", 4),
                                                g.parameter(sd, "b", 4),
                                                1e-3,
                                                1),
                                ROWS)));
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
                        (sd, g) -> sd.mean(sd.loss().sparseSoftmaxCrossEntropy(logits(sd, g), SdGraph.ids(sd)))),
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
