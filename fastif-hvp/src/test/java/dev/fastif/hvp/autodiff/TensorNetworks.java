package dev.fastif.hvp.autodiff;

import static dev.fastif.hvp.autodiff.Network.H;

import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.operations.Bilinear;
import dev.fastif.hvp.autodiff.operations.LinearMap;
import dev.fastif.hvp.autodiff.operations.Picked;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.autodiff.operations.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network for each operation of {@link Tensors} and each function of {@link Pointwise}. */
final class TensorNetworks {
    private static final String AXES = "(Node,int[])";

    private TensorNetworks() {}

    static List<Network> all() {
        List<Network> networks = new ArrayList<>();
        networks.addAll(functions());
        networks.addAll(arithmetic());
        networks.addAll(shapes());
        networks.addAll(reductions());
        networks.addAll(images());
        networks.addAll(recurrences());
        networks.addAll(checks());
        return networks;
    }

    /** What a network of this registry is made with. */
    private record Maker(Network.Parts g, Tensors t) {
        /** Trained sequences [n, 5, 4]. */
        Node sequences() {
            return g.linear(g.sequences(), "a", H, H);
        }

        /** Trained images [n, 2, 5, 4]. */
        Node images() {
            return t.permute(t.reshape(g.linear(g.sequences(), "a", H, 2 * H), 0, 5, 4, 2), 0, 3, 1, 2);
        }

        Node parameter(String name, long... shape) {
            return t.value(g.parameter(name, shape));
        }

        /** Logits of an array [n, ...], to which every element contributes in its own way. */
        Node read(Node x, int width) {
            return g.linear(t.scale(t.reshape(x, 0, -1), 0.2), "read", width, Network.CLASSES);
        }
    }

    private static Network of(String covers, BiFunction<Maker, Tensors, Node> architecture) {
        return of(covers, covers, architecture);
    }

    private static Network of(String name, String covers, BiFunction<Maker, Tensors, Node> architecture) {
        return Network.of(
                name,
                g -> {
                    Tensors t = new Tensors(g.builder);
                    return architecture.apply(new Maker(g, t), t);
                },
                covers);
    }

    private static List<Network> functions() {
        Map<String, Pointwise> anywhere = new LinkedHashMap<>();
        anywhere.put("of(String,UnaryOperator)", Pointwise.of("cubed", x -> x.times(x)
                .times(x)));
        anywhere.put("tanh()", Pointwise.tanh());
        anywhere.put("sigmoid()", Pointwise.sigmoid());
        anywhere.put("relu()", Pointwise.relu());
        anywhere.put("gelu()", Pointwise.gelu());
        anywhere.put("geluTanh()", Pointwise.geluTanh());
        anywhere.put("geluTanhOfNd4j()", Pointwise.geluTanhOfNd4j());
        anywhere.put("geluSigmoid()", Pointwise.geluSigmoid());
        anywhere.put("leakyRelu(double)", Pointwise.leakyRelu(0.1));
        anywhere.put("thresholdedRelu(double)", Pointwise.thresholdedRelu(0.5));
        anywhere.put("elu(double)", Pointwise.elu(0.7));
        anywhere.put("selu()", Pointwise.selu());
        anywhere.put("softplus()", Pointwise.softplus());
        anywhere.put("softsign()", Pointwise.softsign());
        anywhere.put("swish()", Pointwise.swish());
        anywhere.put("mish()", Pointwise.mish());
        anywhere.put("hardSigmoid()", Pointwise.hardSigmoid());
        anywhere.put("clip(double,double)", Pointwise.clip(-0.8, 0.9));
        anywhere.put("rationalTanh()", Pointwise.rationalTanh());
        anywhere.put("rectifiedTanh()", Pointwise.rectifiedTanh());
        anywhere.put("exp()", Pointwise.exp());
        anywhere.put("shift(double)", Pointwise.shift(0.3));
        anywhere.put("abs()", Pointwise.abs());
        anywhere.put("erf()", Pointwise.erf());
        anywhere.put("sin()", Pointwise.sin());
        anywhere.put("cos()", Pointwise.cos());
        anywhere.put("pow(double)", Pointwise.pow(3));
        anywhere.put("atan()", Pointwise.atan());
        anywhere.put("sinh()", Pointwise.sinh());
        anywhere.put("cosh()", Pointwise.cosh());
        anywhere.put("asinh()", Pointwise.asinh());
        anywhere.put("expm1()", Pointwise.expm1());
        anywhere.put("huber(double)", Pointwise.huber(0.4));
        anywhere.put("clamp(double,double)", Pointwise.clamp(-0.4, 0.9));
        anywhere.put("pieces(String,DoubleUnaryOperator)", Pointwise.pieces("floor", Math::floor));
        List<Network> networks = new ArrayList<>();
        anywhere.forEach((name, function) -> networks.add(of("Pointwise." + name, (m, t) -> {
            Node x = m.sequences();
            return m.read(t.add(t.apply(function, x), t.scale(x, 0.5)), 20);
        })));
        Map<String, Pointwise> positive = new LinkedHashMap<>();
        positive.put("log()", Pointwise.log());
        positive.put("log1p()", Pointwise.log1p());
        positive.put("pow(double)", Pointwise.pow(-0.5));
        positive.put("acosh()", Pointwise.acosh());
        positive.forEach((name, function) -> networks.add(of(
                "Pointwise." + name + " of positive numbers",
                "Pointwise." + name,
                (m, t) -> m.read(
                        t.apply(function, t.apply(Pointwise.shift(1.1), t.apply(Pointwise.softplus(), m.sequences()))),
                        20))));
        Map<String, Pointwise> small = new LinkedHashMap<>();
        small.put("tan()", Pointwise.tan());
        small.put("asin()", Pointwise.asin());
        small.put("atanh()", Pointwise.atanh());
        small.forEach((name, function) -> networks.add(of(
                "Pointwise." + name,
                (m, t) -> m.read(t.apply(function, t.scale(t.apply(Pointwise.tanh(), m.sequences()), 0.9)), 20))));
        networks.add(of(
                "Tensors.apply(Pointwise,Node)",
                (m, t) -> m.read(t.multiply(m.sequences(), t.apply(Pointwise.swish(), m.g.sequences())), 20)));
        return networks;
    }

    private record Doubled() implements LinearMap {
        @Override
        public Plan at(List<INDArray> inputs) {
            return Plan.of(x -> x.mul(2), g -> g.mul(2));
        }
    }

    /** The last axis in reverse. */
    private record Mirrored() implements Picked.Pick {
        @Override
        public Picked.Places at(List<INDArray> inputs) {
            long[] shape = inputs.get(0).shape();
            int[] strides = {(int) (shape[1] * shape[2]), (int) shape[2]};
            return Picked.Places.of(
                    at -> strides[0] * at[0] + strides[1] * at[1] + (int) shape[2] - 1 - at[2], shape.clone());
        }
    }

    private record Times() implements Bilinear {
        @Override
        public INDArray apply(Kernels kernels, INDArray a, INDArray b) {
            return a.mul(b);
        }

        @Override
        public INDArray toFirst(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
            return adjoint.mul(b);
        }

        @Override
        public INDArray toSecond(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
            return adjoint.mul(a);
        }
    }

    /** What looks at a second array's shape or at values, and what has no derivatives. */
    private static List<Network> checks() {
        return List.of(
                of(
                        "Tensors.map(LinearMap,List)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.map(new Doubled(), List.of(m.sequences()))), 20)),
                of(
                        "Tensors.take(Pick,Node)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.take(new Mirrored(), m.sequences())), 20)),
                of(
                        "Tensors.product(Bilinear,Node,Node)",
                        (m, t) -> m.read(
                                t.product(new Times(), m.sequences(), t.apply(Pointwise.tanh(), m.sequences())), 20)),
                of(
                        "Tensors.stretch(Node,Node,String)",
                        (m, t) -> m.read(
                                t.apply(
                                        Pointwise.tanh(),
                                        t.multiply(
                                                m.sequences(),
                                                t.stretch(m.parameter("row", 1, 1, H), m.sequences(), "weights"))),
                                20)),
                of(
                        "stretch, of one number",
                        "Tensors.stretch(Node,Node,String)",
                        (m, t) -> m.read(
                                t.multiply(
                                        m.sequences(), t.stretch(m.parameter("one", 1, 1), m.sequences(), "weights")),
                                20)),
                of("Tensors.requireShape(Node,String,Node,String)", (m, t) -> {
                    Node x = m.sequences();
                    return m.read(t.apply(Pointwise.tanh(), t.requireShape(x, "x", t.scale(x, 2), "y")), 20);
                }),
                of(
                        "Tensors.requireNoZeros(Node,String)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.requireNoZeros(m.sequences(), "zero")), 20)),
                of("Tensors.requireAtLeast(Node,Node,double,String)", (m, t) -> {
                    Node x = m.sequences();
                    return m.read(t.apply(Pointwise.tanh(), t.requireAtLeast(x, x, -1e3, "least")), 20);
                }),
                of(
                        "Tensors.requireRank(Node,int,String)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.requireRank(m.sequences(), 3, "rank")), 20)),
                of(
                        "Tensors.rowsOf(Node,Node)",
                        (m, t) -> m.read(
                                t.apply(Pointwise.tanh(), t.rowsOf(t.reshape(m.sequences(), -1, H), m.g.sequences())),
                                20)),
                of(
                        "Tensors.requireSpread(Node,String)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.requireSpread(m.sequences(), "spread")), 20)),
                of(
                        "Tensors.betweenEnds(Node,Node)",
                        (m, t) -> m.read(t.multiply(m.sequences(), t.betweenEnds(g(m, t), m.sequences())), 20)),
                of(
                        "Tensors.scaleBySize(Node,int,double)",
                        (m, t) -> m.read(t.scaleBySize(m.sequences(), -1, -0.5), 20)),
                of(
                        "Tensors.evaluate(String,List,Function)",
                        (m, t) -> m.read(
                                t.multiply(m.sequences(), t.evaluate("negative", List.of(m.g.sequences()), x -> x.get(0)
                                        .neg())),
                                20)));
    }

    /** Rows [n, 4]. */
    private static Node g(Maker m, Tensors t) {
        return t.apply(Pointwise.tanh(), m.g.linear(m.g.x(), "rows", H, H));
    }

    private static List<Network> arithmetic() {
        return List.of(
                of(
                        "Tensors.value(Parameter)",
                        (m, t) -> m.read(
                                t.multiply(
                                        m.g.sequences(),
                                        t.multiply(m.parameter("v", 5, H), m.parameter("frozen w", 5, H))),
                                20)),
                of(
                        "Tensors.add(Node,Node)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.add(m.sequences(), m.parameter("row", H))), 20)),
                of(
                        "add, the first stretched",
                        "Tensors.add(Node,Node)",
                        (m, t) -> m.read(
                                t.apply(Pointwise.tanh(), t.add(m.parameter("column", 5, 1), m.sequences())), 20)),
                of(
                        "Tensors.subtract(Node,Node)",
                        (m, t) -> m.read(
                                t.apply(Pointwise.tanh(), t.subtract(m.parameter("row", 1, 1, H), m.sequences())), 20)),
                of(
                        "Tensors.multiply(Node,Node)",
                        (m, t) -> m.read(
                                t.multiply(m.sequences(), t.multiply(m.parameter("column", 5, 1), m.g.sequences())),
                                20)),
                of("square", "Tensors.multiply(Node,Node)", (m, t) -> {
                    Node x = m.sequences();
                    return m.read(t.multiply(x, x), 20);
                }),
                of(
                        "Tensors.divide(Node,Node)",
                        (m, t) -> m.read(
                                t.divide(m.parameter("row", H), t.apply(Pointwise.softplus(), m.sequences())), 20)),
                of(
                        "Tensors.scale(Node,double)",
                        (m, t) -> m.read(t.scale(t.apply(Pointwise.tanh(), m.sequences()), -2), 20)),
                of("Tensors.matmul(Node,Node)", (m, t) -> m.read(t.matmul(m.sequences(), m.parameter("w", H, 3)), 15)),
                of("matrices", "Tensors.matmul(Node,Node)", (m, t) -> {
                    Node x = m.sequences();
                    return m.read(t.matmul(x, t.permute(t.apply(Pointwise.tanh(), x), 0, 2, 1)), 25);
                }),
                of("Tensors.softmax(Node)", (m, t) -> m.read(t.softmax(m.sequences()), 20)),
                of("Tensors.logSoftmax(Node)", (m, t) -> m.read(t.logSoftmax(m.sequences()), 20)),
                of("Tensors.normalize(Node,double)", (m, t) -> m.read(t.normalize(m.sequences(), 1e-3), 20)));
    }

    private static List<Network> shapes() {
        return List.of(
                of(
                        "Tensors.permute" + AXES,
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.permute(m.sequences(), 0, 2, 1)), 20)),
                of(
                        "permute in a circle",
                        "Tensors.permute" + AXES,
                        (m, t) -> m.read(
                                t.permute(t.apply(Pointwise.tanh(), t.permute(m.sequences(), 1, 2, 0)), 2, 0, 1), 20)),
                of(
                        "Tensors.reshape(Node,long[])",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.reshape(m.sequences(), 0, 2, -1, 5)), 20)),
                of("Tensors.concat(int,List)", (m, t) -> {
                    Node x = m.sequences();
                    return m.read(
                            t.apply(Pointwise.tanh(), t.concat(1, List.of(x, m.g.sequences(), t.scale(x, 2)))), 60);
                }),
                of(
                        "Tensors.slice(Node,int,long,long,long)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.slice(m.sequences(), 1, 1, -1, 2)), 8)),
                of(
                        "slice backward",
                        "Tensors.slice(Node,int,long,long,long)",
                        (m, t) -> m.read(
                                t.apply(Pointwise.tanh(), t.slice(m.sequences(), -1, -1, Long.MAX_VALUE, -1)), 20)),
                of(
                        "Tensors.gather(Node,Node,int)",
                        (m, t) -> m.read(
                                t.apply(
                                        Pointwise.tanh(),
                                        t.gather(m.parameter("table", Network.WORDS, H), m.g.ids(), 0)),
                                20)),
                of(
                        "gather of columns",
                        "Tensors.gather(Node,Node,int)",
                        (m, t) -> m.read(
                                t.apply(
                                        Pointwise.tanh(),
                                        t.permute(
                                                t.gather(m.parameter("table", 2, Network.WORDS), m.g.ids(), 1),
                                                1,
                                                2,
                                                0)),
                                10)),
                of(
                        "Tensors.moveAxis(Node,int,int)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.moveAxis(m.sequences(), -1, 1)), 20)),
                of(
                        "move back",
                        "Tensors.moveAxis(Node,int,int)",
                        (m, t) -> m.read(
                                t.moveAxis(t.apply(Pointwise.tanh(), t.moveAxis(m.sequences(), 1, 2)), 2, 1), 20)),
                of(
                        "Tensors.insertAxis(Node,int)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.insertAxis(m.sequences(), -2)), 20)),
                of(
                        "Tensors.dropAxis(Node,int)",
                        (m, t) -> m.read(t.dropAxis(t.apply(Pointwise.tanh(), t.insertAxis(m.sequences(), 1)), 1), 20)),
                of("Tensors.pick(Node,Node)", (m, t) -> {
                    Node scores = m.g.linear(m.g.sequences(), "a", H, Network.WORDS);
                    return m.read(t.apply(Pointwise.tanh(), t.pick(scores, m.g.ids())), 5);
                }),
                of(
                        "Tensors.pad(Node,List,List)",
                        (m, t) -> m.read(
                                t.apply(Pointwise.sigmoid(), t.pad(m.sequences(), List.of(0, 1, 0), List.of(0, 2, -1))),
                                24)),
                of(
                        "Tensors.tile" + AXES,
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.tile(m.sequences(), 1, 2, 3)), 120)),
                of(
                        "Tensors.repeat" + AXES,
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.repeat(m.sequences(), 1, 2, 3)), 120)));
    }

    private interface Reduction {
        Node of(Tensors t, Node x, int... axes);
    }

    private static List<Network> reductions() {
        List<Network> networks = new ArrayList<>();
        networks.addAll(reductions("sum", Tensors::sum));
        networks.addAll(reductions("mean", Tensors::mean));
        networks.addAll(reductions("max", Tensors::max));
        networks.addAll(reductions("min", Tensors::min));
        return networks;
    }

    private static List<Network> reductions(String kind, Reduction reduction) {
        String covers = "Tensors." + kind + AXES;
        return List.of(
                of(
                        "Tensors.meanOfSquaredDeviations(Node,int[])",
                        (m, t) -> m.read(t.meanOfSquaredDeviations(m.sequences(), 1), H)),
                of(
                        "Tensors.cumulativeSum(Node,int,SumOf,Direction)",
                        (m, t) -> m.read(
                                t.add(
                                        t.cumulativeSum(m.sequences(), 1, Tensors.SumOf.ALL, Tensors.Direction.FORWARD),
                                        t.cumulativeSum(
                                                m.sequences(),
                                                -1,
                                                Tensors.SumOf.THOSE_BEFORE,
                                                Tensors.Direction.BACKWARD)),
                                20)),
                of("Tensors.part(Node,int,int,int)", (m, t) -> m.read(t.part(m.sequences(), 2, 1, 2), 10)),
                of(
                        covers,
                        (m, t) -> m.read(
                                t.apply(
                                        Pointwise.tanh(),
                                        reduction.of(t, t.apply(Pointwise.tanh(), m.sequences()), -2)),
                                4)),
                of(
                        kind + " of all",
                        covers,
                        (m, t) ->
                                m.read(t.reshape(reduction.of(t, t.apply(Pointwise.tanh(), m.sequences())), 0, 1), 1)),
                of(
                        kind + " of an axis of one",
                        covers,
                        (m, t) -> m.read(
                                reduction.of(t, t.reshape(t.apply(Pointwise.tanh(), m.sequences()), 0, 1, 20), 1),
                                20)));
    }

    private static List<Network> images() {
        Window plain = Window.of(2, 3);
        Window strided = Window.of(3, 2).stride(2, 1).paddingBefore(1, 1).paddingAfter(1, 0);
        Window dilated = Window.of(2, 2).dilation(2, 1).same();
        Window samePooling = Window.of(2, 2).stride(2, 2).same();
        return List.of(
                of(
                        "Tensors.patches(Node,Window)",
                        (m, t) -> m.read(t.apply(Pointwise.tanh(), t.patches(m.images(), plain)), 96)),
                of(
                        "Tensors.convolution(Node,Node,Window)",
                        (m, t) -> m.read(
                                t.apply(
                                        Pointwise.tanh(),
                                        t.convolution(m.images(), m.parameter("k", 3, 2, 2, 3), plain)),
                                24)),
                of(
                        "convolution, strided",
                        "Tensors.convolution(Node,Node,Window)",
                        (m, t) -> m.read(t.convolution(m.images(), m.parameter("k", 3, 2, 3, 2), strided), 36)),
                of(
                        "convolution, dilated",
                        "Tensors.convolution(Node,Node,Window)",
                        (m, t) -> m.read(t.convolution(m.images(), m.parameter("k", 3, 2, 2, 2), dilated), 60)),
                of(
                        "Tensors.maxPooling(Node,Window)",
                        (m, t) -> m.read(t.maxPooling(t.apply(Pointwise.tanh(), m.images()), samePooling), 12)),
                of(
                        "Tensors.averagePooling(Node,Window)",
                        (m, t) -> m.read(t.averagePooling(t.apply(Pointwise.tanh(), m.images()), strided), 24)),
                of(
                        "Tensors.averagePoolingOfPixels(Node,Window)",
                        (m, t) ->
                                m.read(t.averagePoolingOfPixels(t.apply(Pointwise.tanh(), m.images()), strided), 24)));
    }

    private static List<Network> recurrences() {
        String scan = "Tensors.scan(List,List,int,Step)";
        Tensors.Step rnn = (ops, elements, shared, state) ->
                ops.apply(Pointwise.tanh(), ops.add(elements.get(0), ops.matmul(state, shared.get(0))));
        Tensors.Step gated = (ops, elements, shared, state) -> {
            Node gate = ops.apply(Pointwise.sigmoid(), ops.add(elements.get(1), ops.matmul(state, shared.get(0))));
            return ops.add(ops.multiply(gate, state), elements.get(0));
        };
        return IntStream.range(0, 4)
                .mapToObj(i -> of(i == 0 ? scan : "scan " + i, scan, (m, t) -> switch (i) {
                    case 0 -> m.read(t.scan(List.of(m.sequences()), List.of(m.parameter("u", H, H)), H, rnn), 20);
                    case 1 ->
                        m.read(t.scan(List.of(m.sequences()), List.of(m.parameter("frozen u", H, H)), H, rnn), 20);
                    case 2 -> m.read(t.scan(List.of(m.g.sequences()), List.of(m.parameter("u", H, H)), H, rnn), 20);
                    default ->
                        m.read(
                                t.scan(
                                        List.of(m.sequences(), m.g.sequences()),
                                        List.of(m.parameter("u", H, H)),
                                        H,
                                        gated),
                                20);
                }))
                .toList();
    }
}
