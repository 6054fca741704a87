package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.BaseConstraint;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Every constraint of DL4J, behind wrappers too: where it holds parameters, so that a step of training ends elsewhere than without it,
 * the network is refused; where it holds none it is taken.
 */
class ConstraintsTest {
    private static final DataSet ROWS = new DataSet(TestArrays.normal(1, Samples.N, 5), Samples.classes());
    private static final DataSet SEQUENCES =
            new DataSet(TestArrays.normal(1, Samples.N, 2, Samples.T), Samples.classes());

    /** A constraint that holds parameters of the size that networks have, and one that does not, if there is one. */
    private record Pair(LayerConstraint holding, List<LayerConstraint> loose) {}

    private static Map<String, Pair> pairs() {
        Map<String, Pair> all = new LinkedHashMap<>();
        all.put("MaxNormConstraint", new Pair(new MaxNormConstraint(0.2, 0), List.of(new MaxNormConstraint(9, 0))));
        all.put(
                "MinMaxNormConstraint",
                new Pair(new MinMaxNormConstraint(3, 5, 0), List.of(new MinMaxNormConstraint(1e-3, 9, 0))));
        all.put("NonNegativeConstraint", new Pair(new NonNegativeConstraint(), List.of()));
        all.put("UnitNormConstraint", new Pair(new UnitNormConstraint(0), List.of()));
        return all;
    }

    @Test
    void everyConstraintIsHere() {
        Set<String> all = ClassPath.concrete(LayerConstraint.class).stream()
                .map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(all, new TreeSet<>(pairs().keySet()), "give each constraint a case");
    }

    record Case(String name, boolean isFrozen, Supplier<List<Layer>> layers, List<LayerConstraint> loose) {
        boolean isOfRows() {
            return name.contains("Dense");
        }

        MultiLayerNetwork net(boolean constrained) {
            List<Layer> made = layers.get();
            if (!constrained) {
                made.forEach(ConstraintsTest::release);
            }
            return initialized(made, isOfRows());
        }

        DataSet data() {
            return isOfRows() ? ROWS : SEQUENCES;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static void release(Layer layer) {
        layer.setConstraints(null);
        if (layer instanceof LastTimeStep last) {
            release(last.getUnderlying());
        }
        if (layer instanceof Bidirectional both) {
            release(both.getFwd());
            release(both.getBwd());
        }
    }

    private static MultiLayerNetwork initialized(List<Layer> layers, boolean rows) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.05))
                .list(layers.toArray(Layer[]::new))
                .setInputType(rows ? InputType.feedForward(5) : InputType.recurrent(2, Samples.T))
                .build());
        net.init();
        return net;
    }

    private static DenseLayer dense(LayerConstraint constraint) {
        return new DenseLayer.Builder()
                .nOut(4)
                .activation(Activation.TANH)
                .constrainWeights(constraint)
                .build();
    }

    /** Its builder forgets the constraints that it is given. */
    private static LSTM lstm(LayerConstraint constraint) {
        LSTM lstm = new LSTM.Builder().nOut(4).build();
        constraint.setParams(Set.of("W"));
        lstm.setConstraints(List.of(constraint));
        return lstm;
    }

    private static Map<String, java.util.function.Function<LayerConstraint, List<Layer>>> places() {
        Map<String, java.util.function.Function<LayerConstraint, List<Layer>>> all = new LinkedHashMap<>();
        all.put("Dense", c -> List.of(dense(c), Nets.output()));
        all.put("LSTM", c -> List.of(lstm(c), new GlobalPoolingLayer(PoolingType.AVG), Nets.output()));
        all.put("LastTimeStep of LSTM", c -> List.of(new LastTimeStep(lstm(c)), Nets.output()));
        all.put(
                "Bidirectional LSTM",
                c -> List.of(
                        new Bidirectional(Bidirectional.Mode.ADD, lstm(c)),
                        new GlobalPoolingLayer(PoolingType.AVG),
                        Nets.output()));
        all.put("frozen Dense", c -> List.of(new FrozenLayer(dense(c)), Nets.output()));
        all.put(
                "frozen Dense with backprop",
                c -> List.of(Nets.dense(Activation.TANH), new FrozenLayerWithBackprop(dense(c)), Nets.output()));
        return all;
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        pairs().forEach((name, pair) -> places().forEach((place, layers) -> cases.add(new Case(
                name + ", " + place,
                place.startsWith("frozen"),
                () -> layers.apply(pair.holding.clone()),
                pair.loose))));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatHoldsIsRefusedUntilItsRemedyIsFollowed(Case each) {
        MultiLayerNetwork net = each.net(true);
        net.fit(each.data());
        INDArray start = net.params().dup();
        MultiLayerNetwork free = each.net(false);
        free.setParams(start);
        free.fit(each.data());
        MultiLayerNetwork held = each.net(true);
        held.setParams(start);
        held.fit(each.data());
        boolean differs = TestArrays.difference(held.params(), free.params()) > 1e-5;
        assertEquals(!each.isFrozen, differs, "a step of training ends elsewhere");
        if (each.isFrozen) {
            Dl4jModel.of(net);
            return;
        }
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net))
                .getMessage());
        assertTrue(Refusals.listed(message).isPresent() && message.contains("setConstraints(null)"), message);
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            release(layer.conf().getLayer());
        }
        net.fit(each.data());
        Dl4jModel.of(net);
    }

    static Stream<Case> looseCases() {
        List<Case> cases = new ArrayList<>();
        pairs().forEach((name, pair) -> pair.loose.forEach(loose -> places().forEach((place, layers) ->
                cases.add(new Case(name + ", " + place, false, () -> layers.apply(loose.clone()), List.of())))));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("looseCases")
    void whatHoldsNothingIsTaken(Case each) {
        MultiLayerNetwork net = each.net(true);
        MultiLayerNetwork free = each.net(false);
        free.setParams(net.params().dup());
        Dl4jModel.of(net);
        net.fit(each.data());
        free.fit(each.data());
        // DL4J's norms are larger by an epsilon, and it scales by their quotient
        assertEquals(0, TestArrays.difference(net.params(), free.params()), 1e-5, "a step ends where it would");
    }

    /** A user's own, of which nothing is known. */
    private static final class Own extends BaseConstraint {
        private static final long serialVersionUID = 1;

        Own() {
            super(Set.of("W"), 0);
        }

        @Override
        public void apply(INDArray param) {
            param.muli(0.99);
        }

        @Override
        public Own clone() {
            return new Own();
        }
    }

    @Test
    void oneThatIsNotKnownIsRefused() {
        DenseLayer layer = dense(new Own());
        MultiLayerNetwork net = initialized(List.of(layer, Nets.output()), true);
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net))
                .getMessage());
        assertTrue(message.contains("Own of '0' (DenseLayer)") && message.contains("'0_W'"), message);
    }

    /** Bounds of several at once: each is looked at. */
    @Test
    void eachOfSeveralIsLookedAt() {
        DenseLayer layer = dense(new MaxNormConstraint(9, 0));
        NonNegativeConstraint second = new NonNegativeConstraint();
        second.setParams(Set.of("W"));
        layer.setConstraints(List.of(new MaxNormConstraint(9, Set.of("W"), 0), second));
        MultiLayerNetwork net = initialized(List.of(layer, Nets.output()), true);
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net))
                .getMessage());
        assertTrue(message.contains("NonNegativeConstraint of '0'"), message);
    }
}
