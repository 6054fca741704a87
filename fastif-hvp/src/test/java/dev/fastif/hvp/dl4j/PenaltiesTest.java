package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Regularizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Every kind of penalty, behind every kind of layer and wrapper, beside every kind of updater: its gradient is what one step of
 * DL4J takes beyond the gradient of the loss, its value DL4J's own where that is the score of what is stepped along.
 */
class PenaltiesTest {
    private static final int N = 3;
    private static final int STEPS = 4;

    private enum Penalty {
        L2 {
            @Override
            void of(BaseLayer.Builder<?> layer) {
                layer.l2(0.3).l2Bias(0.2);
            }
        },
        L1 {
            @Override
            void of(BaseLayer.Builder<?> layer) {
                layer.l1(0.3).l1Bias(0.2);
            }
        },
        BOTH {
            @Override
            void of(BaseLayer.Builder<?> layer) {
                layer.l1(0.1).l2(0.3);
            }
        },
        DECAY {
            @Override
            void of(BaseLayer.Builder<?> layer) {
                layer.weightDecay(0.3).weightDecayBias(0.2);
            }
        },
        DECAY_WITHOUT_RATE {
            @Override
            void of(BaseLayer.Builder<?> layer) {
                layer.weightDecay(0.3, false).weightDecayBias(0.2, false);
            }
        };

        abstract void of(BaseLayer.Builder<?> layer);
    }

    /** The layers that are given a penalty, and wrapped. */
    @SuppressWarnings("deprecation") // GravesLSTM is, but it is still trained
    private static Map<String, Supplier<BaseLayer.Builder<?>>> inside() {
        Map<String, Supplier<BaseLayer.Builder<?>>> layers = new LinkedHashMap<>();
        layers.put("LSTM", () -> new LSTM.Builder().nIn(2).nOut(3));
        layers.put("GravesLSTM", () -> new GravesLSTM.Builder().nIn(2).nOut(3));
        layers.put("SimpleRnn", () -> new SimpleRnn.Builder().nIn(2).nOut(3));
        return layers;
    }

    private static Map<String, java.util.function.UnaryOperator<Layer>> wrappers() {
        Map<String, java.util.function.UnaryOperator<Layer>> wrappers = new LinkedHashMap<>();
        wrappers.put("plain", layer -> layer);
        wrappers.put("Bidirectional", layer -> new Bidirectional(Bidirectional.Mode.ADD, layer));
        wrappers.put("LastTimeStep", LastTimeStep::new);
        wrappers.put(
                "LastTimeStep of Bidirectional",
                layer -> new LastTimeStep(new Bidirectional(Bidirectional.Mode.ADD, layer)));
        return wrappers;
    }

    private static List<IUpdater> updaters() {
        return List.of(new Sgd(0.5), new NoOp(), new AdaDelta(), new Adam(0.01), new Nesterovs(0.2, 0.9));
    }

    record Case(String name, Penalty penalty, IUpdater updater, Supplier<List<Layer>> layers) {
        @Override
        public String toString() {
            return name + ", " + penalty + ", " + updater.getClass().getSimpleName();
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Penalty penalty : Penalty.values()) {
            for (IUpdater updater : updaters()) {
                cases.add(new Case("Dense", penalty, updater, () -> {
                    DenseLayer.Builder dense = new DenseLayer.Builder().nIn(2).nOut(3);
                    penalty.of(dense);
                    return List.of(dense.build(), output(penalty));
                }));
                inside().forEach((layer, builder) -> wrappers()
                        .forEach((wrapper, wrap) -> cases.add(new Case(wrapper + " " + layer, penalty, updater, () -> {
                            BaseLayer.Builder<?> inner = builder.get();
                            penalty.of(inner);
                            Layer built = wrap.apply(inner.build());
                            return List.of(built, wrapper.startsWith("Last") ? output(penalty) : steps(penalty));
                        }))));
            }
        }
        return cases.stream();
    }

    private static Layer output(Penalty penalty) {
        OutputLayer.Builder output =
                new OutputLayer.Builder(LossFunction.MCXENT).nIn(3).nOut(2).activation(Activation.SOFTMAX);
        penalty.of(output);
        return output.build();
    }

    private static Layer steps(Penalty penalty) {
        RnnOutputLayer.Builder output =
                new RnnOutputLayer.Builder(LossFunction.MCXENT).nIn(3).nOut(2).activation(Activation.SOFTMAX);
        penalty.of(output);
        return output.build();
    }

    private static MultiLayerNetwork net(Case c, boolean miniBatch) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(c.updater)
                .miniBatch(miniBatch)
                .list();
        c.layers.get().forEach(list::layer);
        if (!c.name.equals("Dense")) {
            list.setInputType(InputType.recurrent(2, STEPS));
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        net.params().addi(0.05); // biases too
        return net;
    }

    private static DataSet data(Case c) {
        boolean rows = c.name.equals("Dense");
        boolean sequences = !rows && !c.name.startsWith("Last");
        Nd4j.getRandom().setSeed(9);
        INDArray features = rows ? Nd4j.randn(DataType.DOUBLE, N, 2) : Nd4j.randn(DataType.DOUBLE, N, 2, STEPS);
        INDArray labels = sequences ? Nd4j.zeros(DataType.DOUBLE, N, 2, STEPS) : Nd4j.zeros(DataType.DOUBLE, N, 2);
        for (int i = 0; i < N; i++) {
            for (int t = 0; t < (sequences ? STEPS : 1); t++) {
                int[] place = sequences ? new int[] {i, (i + t) % 2, t} : new int[] {i, i % 2};
                labels.putScalar(place, 1);
            }
        }
        return new DataSet(features, labels);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areWhatDl4jAdds(Case c) {
        MultiLayerNetwork net = net(c, true);
        Dl4jModel model = Dl4jModel.of(net);
        DataSet data = data(c);
        INDArray theta = model.parameterValues();
        INDArray penalty = theta.ulike().assign(0);
        model.regularizer().addGradient(model.parameters(), theta, penalty);
        assertTrue(penalty.norm2Number().doubleValue() > 0.01, "there is a penalty");
        if (c.penalty != Penalty.DECAY_WITHOUT_RATE) {
            assertEquals(net.calcRegularizationScore(true), model.regularizer().value(model.parameters(), theta), 1e-9);
        }
        if (c.updater instanceof Sgd || c.updater instanceof NoOp) {
            INDArray gradient = model.gradient(Batch.of(data.getFeatures(), data.getLabels()));
            net.fit(data);
            INDArray stepped = Dl4jModel.of(net).parameterValues();
            double rate = c.updater.hasLearningRate() ? c.updater.getLearningRate(0, 0) : 1;
            INDArray taken = theta.sub(stepped).divi(rate);
            double error = taken.subi(gradient).subi(penalty).norm2Number().doubleValue();
            assertTrue(error < 1e-9, () -> "the step is off by " + error);
        }
    }

    @Test
    void aSumOverTheMinibatchIsRefusedUntilThePenaltyIsSaid() {
        Case c = cases().findFirst().orElseThrow();
        MultiLayerNetwork net = net(c, false);
        String message = refusal(() -> Dl4jModel.of(net));
        assertTrue(message.contains("miniBatch(false)") && message.contains(".regularizer("), message);
        Regularizer said =
                Regularizer.weightDecay(Map.of("0_W", 0.3 / 2 / N, "1_W", 0.3 / 2 / N, "0_b", 0.1 / N, "1_b", 0.1 / N));
        Dl4jModel model = Dl4jModel.builder(net).regularizer(said).build();
        DataSet data = data(c);
        INDArray theta = model.parameterValues();
        INDArray gradient = model.gradient(Batch.of(data.getFeatures(), data.getLabels()));
        said.addGradient(model.parameters(), theta, gradient);
        net.fit(data);
        INDArray taken =
                theta.sub(Dl4jModel.builder(net).regularizer(said).build().parameterValues());
        double rate = c.updater.getLearningRate(0, 0);
        assertTrue(
                taken.sub(gradient.mul(rate * N)).norm2Number().doubleValue() < 1e-9,
                "DL4J's step is N times that of the mean");
    }

    /** A sum without penalties has the minimum of a mean. */
    @Test
    void aSumWithoutPenaltiesIsTaken() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .miniBatch(false)
                .list(new OutputLayer.Builder(LossFunction.MSE)
                        .nIn(2)
                        .nOut(1)
                        .activation(Activation.IDENTITY)
                        .build())
                .build());
        net.init();
        assertEquals("no regularization", Dl4jModel.of(net).regularizer().toString());
    }

    @Test
    void whatChangesDuringTrainingIsRefused() {
        DenseLayer changing = new DenseLayer.Builder().nIn(2).nOut(3).build();
        changing.setRegularization(
                List.of(new L2Regularization(new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9))));
        Case c = new Case("Dense", Penalty.L2, new Sgd(0.1), () -> List.of(changing, output(Penalty.L2)));
        String message = refusal(() -> Dl4jModel.of(net(c, true)));
        assertTrue(message.contains("l2 of '0'") && message.contains("changes"), message);
        Case rate = new Case(
                "Dense",
                Penalty.DECAY_WITHOUT_RATE,
                new Sgd(new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9)),
                cases().filter(each -> each.penalty == Penalty.DECAY_WITHOUT_RATE)
                        .findFirst()
                        .orElseThrow()
                        .layers);
        message = refusal(() -> Dl4jModel.of(net(rate, true)));
        assertTrue(message.contains("learning rate is 0.1 at first and changes"), message);
    }

    private static String refusal(org.junit.jupiter.api.function.Executable made) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, made).getMessage());
    }
}
