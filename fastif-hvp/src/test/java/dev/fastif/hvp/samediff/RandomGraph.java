package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** A SameDiff graph that chance puts together of the operations with rules, and a batch for it. */
final class RandomGraph {
    private final long seed;
    private final Random random;
    private final int n;
    private final SameDiff sd = SameDiff.create();
    private final Map<String, INDArray> arrays = new LinkedHashMap<>();
    private final List<String> story = new ArrayList<>();
    private boolean isSum;
    private boolean isRefused;
    private int parameters;
    private RandomPenalty penalty = RandomPenalty.NONE;

    /** What flows, and its shape without the examples. */
    private record Flow(SDVariable x, List<Integer> shape) {
        Flow(SDVariable x, Integer... shape) {
            this(x, List.of(shape));
        }

        int size() {
            return shape.stream().reduce(1, Math::multiplyExact);
        }
    }

    private RandomGraph(long seed) {
        this.seed = seed;
        random = new Random(seed);
        n = 2 + random.nextInt(4);
        story.add(n + " examples");
    }

    static RandomGraph of(long seed) {
        RandomGraph graph = new RandomGraph(seed);
        graph.sd.setEnableCache(false);
        graph.build();
        return graph;
    }

    SameDiff sd() {
        return sd;
    }

    Batch batch() {
        return Batch.of(arrays);
    }

    /** Whether SameDiff trains a sum over the examples. */
    boolean isSum() {
        return isSum;
    }

    /** Whether the graph has a part that is to be refused. */
    boolean isRefused() {
        return isRefused;
    }

    RandomPenalty penalty() {
        return penalty;
    }

    @Override
    public String toString() {
        return String.join(", ", story);
    }

    private void build() {
        Flow flow = input();
        for (int i = 2 + random.nextInt(5); i > 0; i--) {
            flow = switch (flow.shape.size()) {
                case 1 -> ofRows(flow);
                case 2 -> ofSequences(flow);
                default -> ofImages(flow);
            };
        }
        if (isFree() && random.nextInt(4) == 0) {
            isRefused = true;
            flow = new Flow(sd.math().atan2(tell("atan2", flow.x), sd.math().exp(flow.x)), flow.shape);
        }
        Flow rows = flat(flow);
        loss(dense(rows, 3), rows);
        penalty = RandomPenalty.of(random);
        penalty.configure(sd);
        story.add(penalty.toString());
    }

    /** Whether it may be anything: the others are means over the examples, and nothing of them is refused. */
    private boolean isFree() {
        return seed % 4 == 3;
    }

    /** A term of the loss with an operation of the registry, which all have their turn, on what flows. */
    private SDVariable operation(Flow rows) {
        List<SdGraph> all = SdGraphs.all();
        SdGraph graph = all.get((int) ((seed / 4 * 3 + seed % 4) % all.size()));
        SDVariable w = sd.var("w", normal(rows.size(), 4).muli(0.6));
        sd.mmul("hidden", sd.math().tanh(rows.x), w);
        SDVariable loss = graph.maker().loss(sd, graph);
        arrays.putIfAbsent("ids", ids());
        arrays.putIfAbsent("x", normal(n, 4));
        arrays.putIfAbsent("images", normal(n, 2, 5, 4));
        arrays.putIfAbsent("mask", masked(2));
        arrays.keySet().retainAll(sd.inputs());
        return tell("operation " + graph.name(), loss);
    }

    private INDArray ids() {
        return Nd4j.createFromArray(
                IntStream.range(0, n).map(i -> random.nextInt(3)).toArray());
    }

    private SDVariable tell(String what, SDVariable x) {
        story.add(what);
        return x;
    }

    private INDArray normal(long... shape) {
        return TestArrays.normal(random.nextLong(), shape);
    }

    private SDVariable parameter(long... shape) {
        return sd.var("p" + parameters++, normal(shape).muli(0.6));
    }

    private Flow input() {
        switch (random.nextInt(4)) {
            case 0 -> {
                arrays.put("words", ids());
                SDVariable ids = sd.placeHolder("words", DataType.INT32, -1);
                return new Flow(tell("ids", sd.gather(parameter(3, 6), ids, 0)), 6);
            }
            case 1 -> {
                arrays.put("input", normal(n, 3, 4));
                return new Flow(tell("sequences", sd.placeHolder("input", DataType.DOUBLE, -1, 3, 4)), 3, 4);
            }
            case 2 -> {
                arrays.put("input", normal(n, 2, 5, 4));
                return new Flow(tell("images", sd.placeHolder("input", DataType.DOUBLE, -1, 2, 5, 4)), 2, 5, 4);
            }
            default -> {
                arrays.put("input", normal(n, 6));
                return new Flow(tell("rows", sd.placeHolder("input", DataType.DOUBLE, -1, 6)), 6);
            }
        }
    }

    private Flow flat(Flow flow) {
        return flow.shape.size() == 1 ? flow : new Flow(sd.reshape(flow.x, -1, flow.size()), flow.size());
    }

    private Flow dense(Flow flow, int width) {
        SDVariable w = parameter(flow.size(), width);
        SDVariable b = parameter(width);
        SDVariable y =
                switch (random.nextInt(3)) {
                    case 0 -> sd.nn().linear(flow.x, w, b);
                    case 1 -> sd.nn().biasAdd(sd.mmul(flow.x, w), b, false);
                    default -> sd.mmul(flow.x, w).add(b);
                };
        return new Flow(tell("dense", y), width);
    }

    /** Functions of numbers that are neither large nor special. */
    private Flow function(Flow flow) {
        List<Map.Entry<String, BiFunction<SameDiff, SDVariable, SDVariable>>> all =
                SdGraphs.makersOfFunctions().entrySet().stream()
                        .filter(entry -> !entry.getKey().matches(".*columns.*|crelu|prelu|softmax|wrong.*|log_softmax"))
                        .toList();
        var chosen = all.get(random.nextInt(all.size()));
        SDVariable some = sd.math().tanh(flow.x).mul(1.5);
        return new Flow(tell(chosen.getKey(), chosen.getValue().apply(sd, some)), flow.shape);
    }

    /** Two ways that come together. */
    private Flow joined(Flow flow) {
        SDVariable a = flow.x;
        SDVariable b = function(flow).x;
        SDVariable y =
                switch (random.nextInt(7)) {
                    case 0 -> tell("add", a.add(b));
                    case 1 -> tell("multiply", a.mul(b));
                    case 2 -> tell("subtract", a.sub(b));
                    case 3 -> tell("divide", a.div(sd.math().square(b).add(0.5)));
                    case 4 -> tell("maximum", sd.math().max(a, b));
                    case 5 -> tell("mergeavg", sd.math().mergeAvg(a, b));
                    default -> tell("squaredsubtract", sd.math().squaredDifference(a, b));
                };
        return new Flow(y, flow.shape);
    }

    private Flow ofRows(Flow flow) {
        SDVariable x = flow.x;
        int size = flow.size();
        switch (random.nextInt(13)) {
            case 0, 1 -> {
                return dense(flow, 2 * (1 + random.nextInt(3)));
            }
            case 2 -> {
                return function(flow);
            }
            case 3 -> {
                return joined(flow);
            }
            case 4 -> {
                return new Flow(tell("softmax", sd.nn().softmax(x, 1)), size);
            }
            case 5 -> {
                return new Flow(
                        tell("layer_norm", sd.nn().layerNorm(x, parameter(size), parameter(size), false, 1)), size);
            }
            case 6 -> {
                return new Flow(tell("concat", sd.concat(1, x, sd.math().sin(x))), 2 * size);
            }
            case 7 -> {
                return new Flow(tell("cumsum", sd.cumsum(x, random.nextBoolean(), random.nextBoolean(), 1)), size);
            }
            case 8 -> {
                return size > 2
                        ? new Flow(tell("strided_slice", x.get(SDIndex.all(), SDIndex.interval(0, size - 1))), size - 1)
                        : function(flow);
            }
            case 9 -> {
                return new Flow(tell("norm2", x.div(sd.norm2(x, true, 1).add(0.1))), size);
            }
            case 10 -> {
                return new Flow(tell("reverse", sd.reverse(x, 1)), size);
            }
            case 11 -> {
                return size % 2 == 0
                        ? new Flow(tell("reshape", sd.reshape(x, -1, 2, size / 2)), 2, size / 2)
                        : function(flow);
            }
            default -> {
                INDArray padding = Nd4j.createFromArray(new int[][] {{0, 0}, {1, 1}});
                return new Flow(tell("pad", sd.nn().pad(x, sd.constant(padding), 0.3)), size + 2);
            }
        }
    }

    private Flow ofSequences(Flow flow) {
        SDVariable x = flow.x;
        int t = flow.shape.get(0);
        int d = flow.shape.get(1);
        switch (random.nextInt(9)) {
            case 0 -> {
                return new Flow(tell("permute", sd.permute(x, 0, 2, 1)), d, t);
            }
            case 1 -> {
                return new Flow(
                        tell(
                                "attention",
                                sd.nn().dotProductAttention(x, sd.math().sin(x), x, mask(d), true)),
                        t,
                        d);
            }
            case 2 -> {
                SDVariable y = sd.nn()
                        .multiHeadDotProductAttention(
                                x,
                                x,
                                x,
                                parameter(2, 3, t),
                                parameter(2, 3, t),
                                parameter(2, 2, t),
                                parameter(4, 5),
                                mask(d),
                                random.nextBoolean());
                return new Flow(tell("multi-head attention", y), 5, d);
            }
            case 3 -> {
                return function(flow);
            }
            case 4 -> {
                return joined(flow);
            }
            case 5 -> {
                return d > 1 && t > 1 ? new Flow(tell("mean", sd.mean(x, 1)), d) : flat(flow);
            }
            case 6 -> {
                return t > 1 ? new Flow(tell("max", sd.max(x, 1)), d) : flat(flow);
            }
            case 7 -> {
                return new Flow(tell("cumsum", sd.cumsum(x, false, false, 1)), t, d);
            }
            default -> {
                return flat(flow);
            }
        }
    }

    private @Nullable SDVariable mask(int steps) {
        if (random.nextBoolean()) {
            return null;
        }
        String name = "mask" + arrays.size();
        arrays.put(name, masked(steps));
        return tell("mask", sd.placeHolder(name, DataType.DOUBLE, -1, steps));
    }

    /** Ones, but for the last step of the second example. */
    private INDArray masked(int steps) {
        INDArray mask = Nd4j.ones(DataType.DOUBLE, n, steps);
        mask.putScalar(1, steps - 1, steps == 1 ? 1 : 0);
        return mask;
    }

    private Flow ofImages(Flow flow) {
        SDVariable x = flow.x;
        List<Integer> s = flow.shape;
        switch (random.nextInt(5)) {
            case 0 -> {
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
                SDVariable y = sd.cnn().conv2d(x, parameter(2, 2, s.get(0), 3), parameter(3), config);
                return new Flow(tell("conv2d", y), 3, s.get(1), s.get(2));
            }
            case 1 -> {
                if (s.get(1) < 2 || s.get(2) < 2) {
                    return function(flow);
                }
                Pooling2DConfig pooling = Pooling2DConfig.builder()
                        .kH(2)
                        .kW(2)
                        .sH(2)
                        .sW(1)
                        .dH(1)
                        .dW(1)
                        .paddingMode(PaddingMode.VALID)
                        .isNHWC(false)
                        .build();
                SDVariable pooled = random.nextBoolean()
                        ? sd.cnn().maxPooling2d(x, pooling)
                        : sd.cnn().avgPooling2d(x, pooling);
                return new Flow(tell("pooling", pooled), s.get(0), (s.get(1) - 2) / 2 + 1, s.get(2) - 1);
            }
            case 2 -> {
                return function(flow);
            }
            case 3 -> {
                SDVariable mean = sd.constant(normal(s.get(0)));
                SDVariable variance = sd.constant(normal(s.get(0)).muli(0.1).addi(1));
                SDVariable normed =
                        sd.nn().batchNorm(x, mean, variance, parameter(s.get(0)), parameter(s.get(0)), 1e-3, 1);
                return new Flow(tell("batchnorm", normed), s);
            }
            default -> {
                return flat(flow);
            }
        }
    }

    private void loss(Flow outputs, Flow rows) {
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, n, 3);
        for (int i = 0; i < n; i++) {
            labels.putScalar(i, random.nextInt(3), 1);
        }
        List<DataType> types = List.of(DataType.DOUBLE, DataType.FLOAT, DataType.INT32, DataType.BOOL);
        arrays.put("y", labels.castTo(types.get(random.nextInt(types.size()))));
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
        SDVariable z = outputs.x;
        List<SDVariable> terms = new ArrayList<>(List.of(random.nextInt(3) == 0 ? byHand(y, z) : byOperation(y, z)));
        if (random.nextInt(4) == 0) {
            terms.add(isSum ? sd.sum(sd.math().square(z)) : sd.mean(sd.math().square(z)));
            story.add("a second term");
        }
        if (!isFree()) {
            terms.add(operation(rows));
        }
        sd.setLossVariables(terms.stream().map(SDVariable::name).toArray(String[]::new));
    }

    private SDVariable byHand(SDVariable y, SDVariable z) {
        SDVariable e = sd.math().square(z.sub(y));
        switch (isFree() ? random.nextInt(5) : 3 * random.nextInt(2)) {
            case 0 -> {
                return tell("mean by hand", sd.mean(e));
            }
            case 1 -> {
                isSum = true;
                return tell("elements", e);
            }
            case 2 -> {
                isSum = true;
                return tell("sum of means", sd.sum(sd.mean(e, 1)));
            }
            case 4 -> {
                isSum = true;
                return tell("l2_loss", sd.loss().l2Loss(z.sub(y)));
            }
            default -> {
                return tell("means of outputs, scaled", sd.mean(e, 0).mul(0.5));
            }
        }
    }

    private SDVariable byOperation(SDVariable y, SDVariable z) {
        List<String> names = List.copyOf(LossesTest.reducible().keySet());
        String name = names.get(random.nextInt(names.size()));
        List<LossReduce> all = Arrays.stream(LossReduce.values())
                .filter(reduce -> isFree() || reduce.name().startsWith("MEAN"))
                .toList();
        LossReduce reduce = all.get(random.nextInt(all.size()));
        isSum = reduce == LossReduce.NONE || reduce == LossReduce.SUM;
        SDVariable weights = random.nextBoolean() ? null : weights(reduce);
        return tell(
                name + " " + reduce + (weights == null ? "" : " weighed"),
                Objects.requireNonNull(LossesTest.reducible().get(name)).of(sd, y, z, weights, reduce));
    }

    private SDVariable weights(LossReduce reduce) {
        if (random.nextBoolean() || (reduce == LossReduce.MEAN_BY_WEIGHT && !isFree())) {
            return sd.constant(0.7);
        }
        arrays.put("weights", Nd4j.rand(DataType.DOUBLE, n, 1).addi(0.1));
        isRefused |= reduce == LossReduce.MEAN_BY_WEIGHT;
        return sd.placeHolder("weights", DataType.DOUBLE, -1, 1);
    }
}
