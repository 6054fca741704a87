package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.Model;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.hvp.samediff.SameDiffModel;
import dev.fastif.knn.ExactIndex;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.workspace.ND4JWorkspaceException;

/** An engine of a network of DL4J or a graph of SameDiff that is no longer what it was built of does not answer. */
class StaleNetworkTest {
    private static final int N = 30;

    private final PrintStream console = System.out;

    // SameDiff prints a line for every operation that it differentiates
    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    private static DataSet data() {
        Nd4j.getRandom().setSeed(8);
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, N, 3);
        for (int i = 0; i < N; i++) {
            labels.putScalar(i, i % 3, 1);
        }
        return new DataSet(Nd4j.randn(DataType.DOUBLE, N, 4), labels);
    }

    /** A user's network, how a model is made of it, and how it is trained on. */
    private record Network(Supplier<Model> model, Runnable step) {}

    record Case(String name, CurvatureMode mode, Function<CurvatureMode, Network> maker) {
        private Network made() {
            return maker.apply(mode);
        }

        @Override
        public String toString() {
            return name + ", " + mode;
        }
    }

    static Stream<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (CurvatureMode mode : CurvatureMode.values()) {
            all.add(new Case("MultiLayerNetwork", mode, StaleNetworkTest::layers));
            all.add(new Case("ComputationGraph", mode, StaleNetworkTest::graph));
            all.add(new Case("SameDiff", mode, StaleNetworkTest::sameDiff));
        }
        return all.stream();
    }

    private static NeuralNetConfiguration.Builder configuration() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .l2(0.01)
                .updater(new Sgd(0.1));
    }

    private static DenseLayer dense() {
        return new DenseLayer.Builder()
                .nIn(4)
                .nOut(5)
                .activation(Activation.TANH)
                .build();
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(5)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static Network layers(CurvatureMode mode) {
        MultiLayerNetwork net =
                new MultiLayerNetwork(configuration().list(dense(), output()).build());
        net.init();
        return new Network(() -> Dl4jModel.builder(net).curvature(mode).build(), () -> net.fit(data()));
    }

    private static Network graph(CurvatureMode mode) {
        ComputationGraph net = new ComputationGraph(configuration()
                .graphBuilder()
                .addInputs("in")
                .addLayer("hidden", dense(), "in")
                .addLayer("out", output(), "hidden")
                .setOutputs("out")
                .build());
        net.init();
        return new Network(
                () -> Dl4jModel.builder(net).curvature(mode).features("hidden").build(), () -> net.fit(data()));
    }

    private static Network sameDiff(CurvatureMode mode) {
        Nd4j.getRandom().setSeed(3);
        SameDiff sd = SameDiff.create();
        sd.setEnableCache(false);
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
        SDVariable h = sd.math().tanh("h", sd.mmul(x, sd.var("w", Nd4j.randn(DataType.DOUBLE, 4, 5))));
        SDVariable z = sd.mmul("z", h, sd.var("v", Nd4j.randn(DataType.DOUBLE, 5, 3)));
        sd.loss().softmaxCrossEntropy("loss", y, z, null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Sgd(0.1))
                .l2(0.01)
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("y")
                .build());
        return new Network(
                () -> SameDiffModel.builder(sd).curvature(mode).build(),
                () -> sd.fit(new SingletonDataSetIterator(data()), 1));
    }

    private static InfluenceEngine engine(Model model, TrainingSet trainingSet) {
        return InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(ConjugateGradient.builder().damping(1).build())
                .curvature(CurvatureMatrix.HESSIAN)
                .candidates(10)
                .build();
    }

    private static Batch point() {
        return TrainingSet.of(data()).batch(1);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aStepOfTrainingIsNoticed(Case each) {
        Network network = each.made();
        try (InfluenceEngine engine = engine(network.model.get(), TrainingSet.of(data()))) {
            engine.topK(point());
            network.step.run();
            StaleEngineTest.assertRefused(StaleEngineTest.questions(engine, point()), "changed");
        }
        try (InfluenceEngine engine = engine(network.model.get(), TrainingSet.of(data()))) {
            engine.topK(point());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anotherNumberOfExamplesIsNoticed(Case each) {
        for (int later : new int[] {N - 1, N + 1}) {
            AtomicInteger size = new AtomicInteger(N);
            TrainingSet all = TrainingSet.of(data());
            TrainingSet changing = new TrainingSet() {
                @Override
                public int size() {
                    return size.get();
                }

                @Override
                public Batch batch(int... ids) {
                    return all.batch(ids);
                }
            };
            try (InfluenceEngine engine = engine(each.made().model.get(), changing)) {
                size.set(later);
                StaleEngineTest.assertRefused(StaleEngineTest.questions(engine, point()), "has " + later + " now");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aClosedOneRefuses(Case each) {
        InfluenceEngine engine = engine(each.made().model.get(), TrainingSet.of(data()));
        engine.close();
        StaleEngineTest.assertRefused(StaleEngineTest.questions(engine, point()), "closed");
    }

    /** The network is the user's and was made outside; its model and the engine are made inside. */
    @ParameterizedTest
    @MethodSource("cases")
    void aCallersWorkspaceMayEnd(Case each) {
        Network network = each.made();
        TrainingSet trainingSet = TrainingSet.of(data());
        Batch point = point();
        String expected;
        try (InfluenceEngine engine = engine(network.model.get(), trainingSet)) {
            expected = engine.topK(point).scored().toString();
        }
        WorkspaceConfiguration large =
                WorkspaceConfiguration.builder().initialSize(10_000_000).build();
        if (each.name.equals("MultiLayerNetwork") && each.mode == CurvatureMode.FINITE_DIFFERENCE) {
            try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(large, "a user's")) {
                Model model = network.model.get();
                String message =
                        String.valueOf(assertThrows(ND4JWorkspaceException.class, () -> engine(model, trainingSet))
                                .getMessage());
                assertTrue(message.contains("a user's"), message); // DL4J's own passes run in none, and say so
            }
            return;
        }
        InfluenceEngine engine;
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(large, "a user's")) {
            engine = engine(network.model.get(), trainingSet);
        }
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(large, "a user's")) {
            Nd4j.create(DataType.DOUBLE, 1_000_000).assign(7); // over all that was there
            assertEquals(expected, engine.topK(point).scored().toString(), "inside of another");
        }
        assertEquals(expected, engine.topK(point).scored().toString(), "outside");
        engine.close();
    }
}
