package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.Regularizer;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.hvp.samediff.SameDiffModel;
import dev.fastif.knn.ExactIndex;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** What a message offers is done, and works: a registry of messages with their remedies. */
class RemediesTest {
    private static final int N = 12;
    private static final INDArray X = Systems.vector(Systems.normal(1, 3 * N)).reshape(N, 3);
    private static final Batch ALL = Batch.of(
            X, X.sum(1).gt(0).castTo(DataType.DOUBLE).reshape(N, 1).muli(2).subi(1));

    /** Something that can fail. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /** Does what a message says. */
    @FunctionalInterface
    interface Remedy {
        void follow(String message);
    }

    /**
     * A message.
     *
     * @param wrong what leads to it
     * @param offer what it says must be done
     * @param remedy does it
     */
    record Case(String name, Action wrong, String offer, Remedy remedy) {
        static Case of(String name, Action wrong, String offer, Runnable remedy) {
            return new Case(name, wrong, offer, message -> remedy.run());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>(solvers());
        cases.addAll(engines());
        cases.addAll(networks());
        cases.addAll(graphs());
        return cases;
    }

    private static final double[][] INDEFINITE = Systems.ofSpectrum(3, -2, -1, 0.1, 0.5, 1, 3, 4);
    private static final double[][] POOR = Systems.ofSpectrum(4, Systems.logarithmic(30, 1e-7, 1));

    private static void solve(InverseHvp solver, DataType type, double[]... matrix) {
        INDArray v = Systems.vector(Systems.normal(2, matrix.length)).castTo(type);
        solver.solve(MatrixCurvature.of(matrix), v, Progress.none());
    }

    private static double number(String message, String before) {
        Matcher matcher =
                Pattern.compile(Pattern.quote(before) + "([0-9.eE+-]*[0-9])").matcher(message);
        assertTrue(matcher.find(), message);
        return Double.parseDouble(matcher.group(1));
    }

    private static ConjugateGradient.Builder cg(double damping) {
        return ConjugateGradient.builder().damping(damping);
    }

    private static DirectSolver.Builder direct(double damping) {
        return DirectSolver.builder().damping(damping);
    }

    private static Lissa.Builder lissa(double damping, double scale) {
        return Lissa.builder().recursionDepth(300).damping(damping).scale(scale);
    }

    private static List<Case> solvers() {
        DataType type = DataType.DOUBLE;
        return List.of(
                new Case(
                        "conjugate gradients, indefinite",
                        () -> solve(cg(0.5).build(), type, INDEFINITE),
                        "Raise damping (now 0.5) to ",
                        message -> solve(
                                cg(number(message, "Raise damping (now 0.5) to "))
                                        .build(),
                                type,
                                INDEFINITE)),
                Case.of(
                        "conjugate gradients, too few iterations",
                        () -> solve(cg(1e-3).maxIterations(3).build(), type, POOR),
                        "raise maxIterations",
                        () -> solve(cg(1e-3).maxIterations(300).build(), type, POOR)),
                Case.of(
                        "conjugate gradients, too little damping",
                        () -> solve(cg(1e-3).maxIterations(3).build(), type, POOR),
                        "or the damping",
                        () -> solve(cg(100).maxIterations(3).build(), type, POOR)),
                Case.of(
                        "conjugate gradients, too much is asked",
                        () -> solve(cg(1e-3).tolerance(1e-12).build(), DataType.FLOAT, POOR),
                        "ask for a larger tolerance",
                        () -> solve(cg(1e-3).tolerance(1e-3).build(), DataType.FLOAT, POOR)),
                new Case(
                        "direct, indefinite",
                        () -> solve(direct(0.5).build(), type, INDEFINITE),
                        "Raise damping (now 0.5) to ",
                        message -> solve(
                                direct(number(message, "Raise damping (now 0.5) to "))
                                        .build(),
                                type,
                                INDEFINITE)),
                Case.of(
                        "direct, too much is asked",
                        () -> solve(direct(1e-3).tolerance(1e-12).build(), DataType.FLOAT, POOR),
                        "ask for a larger tolerance",
                        () -> solve(direct(1e-3).tolerance(1e-3).build(), DataType.FLOAT, POOR)),
                Case.of(
                        "direct, in single precision",
                        () -> solve(direct(1e-3).tolerance(1e-12).build(), DataType.FLOAT, POOR),
                        "or compute in DOUBLE",
                        () -> solve(direct(1e-3).tolerance(1e-12).build(), type, POOR)),
                Case.of(
                        "direct, too many parameters",
                        () -> solve(direct(5).maxParameters(6).build(), type, INDEFINITE),
                        "use ConjugateGradient, or raise maxParameters",
                        () -> {
                            solve(cg(5).build(), type, INDEFINITE);
                            solve(direct(5).maxParameters(7).build(), type, INDEFINITE);
                        }),
                Case.of(
                        "LiSSA, diverging by scale",
                        () -> solve(lissa(5, 2).build(), type, INDEFINITE),
                        "raise scale (now 2.0)",
                        () -> solve(lissa(5, 9).build(), type, INDEFINITE)),
                Case.of(
                        "LiSSA, diverging by negative curvature",
                        () -> solve(lissa(0.1, 9).build(), type, INDEFINITE),
                        "raise damping (now 0.1)",
                        () -> solve(lissa(2.5, 9).build(), type, INDEFINITE)),
                new Case(
                        "automatic LiSSA, indefinite",
                        () -> solve(Lissa.auto().damping(0.1).build(), type, INDEFINITE),
                        "Raise damping to at least ",
                        message -> {
                            double enough = number(message, "Raise damping to at least ");
                            solve(Lissa.auto().damping(enough).build(), type, INDEFINITE);
                        }),
                Case.of(
                        "automatic LiSSA, damping left open",
                        () -> solve(Lissa.auto().damping(0.1).build(), type, INDEFINITE),
                        "leave it open",
                        () -> solve(Lissa.auto().build(), type, INDEFINITE)),
                Case.of(
                        "LiSSA, further than nothing",
                        () -> solve(lissa(0.5, 3).recursionDepth(6).build(), type, INDEFINITE),
                        "or accept it by anyResidual()",
                        () -> solve(
                                lissa(0.5, 3).recursionDepth(6).anyResidual().build(), type, INDEFINITE)),
                Case.of(
                        "a vector of whole numbers",
                        () -> solve(cg(5).build(), DataType.INT32, INDEFINITE),
                        "give vector.castTo the model's type",
                        () -> solve(cg(5).build(), DataType.FLOAT, INDEFINITE)));
    }

    private static MultiLayerNetwork net(LossFunction loss, double l2, Layer... between) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(DataType.DOUBLE)
                .activation(Activation.TANH)
                .l2(l2)
                .list();
        list.layer(new DenseLayer.Builder().nIn(3).nOut(4).build());
        for (Layer layer : between) {
            list.layer(layer.clone());
        }
        list.layer(new OutputLayer.Builder(loss)
                .nIn(4)
                .nOut(1)
                .activation(Activation.IDENTITY)
                .build());
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        return net;
    }

    private static InfluenceEngine.Builder engine(Model model, InverseHvp solver) {
        return InfluenceEngine.builder(model, TrainingSet.of(ALL))
                .index(ExactIndex::of)
                .inverseHvp(solver);
    }

    private static void ask(InfluenceEngine.Builder builder) {
        try (InfluenceEngine engine = builder.build()) {
            engine.influences(TrainingSet.of(ALL).batch(1), 2, 3);
        }
    }

    private static void ask(InfluenceEngine.Builder builder, Measurement measurement) {
        try (InfluenceEngine engine = builder.build()) {
            engine.explain(Query.of(TrainingSet.of(ALL).batch(1))
                    .withCandidates(Candidates.of(2, 3))
                    .withMeasurement(measurement));
        }
    }

    private static List<Case> engines() {
        Dl4jModel model = Dl4jModel.of(net(LossFunction.MSE, 0));
        Dl4jModel flat = Dl4jModel.of(net(LossFunction.L1, 0));
        InfluenceEngine.Builder noIndex = InfluenceEngine.builder(model, TrainingSet.of(ALL));
        InverseHvp solver = new AutomaticSolver();
        return List.of(
                Case.of(
                        "no index",
                        noIndex::build,
                        "call builder.index(...)",
                        () -> ask(InfluenceEngine.builder(model, TrainingSet.of(ALL))
                                .index(ExactIndex::of))),
                Case.of(
                        "larger batches than examples",
                        () -> ask(engine(model, Lissa.auto().batchSize(N + 1).build())),
                        "sample at most that many",
                        () -> ask(engine(
                                model,
                                Lissa.auto().batchSize(N).maxRecursionDepth(50).build()))),
                Case.of(
                        "a larger sample than examples",
                        () -> ask(engine(model, cg(1).examples(N + 1).build())),
                        "sample at most that many",
                        () -> ask(engine(model, cg(1).examples(N).build()))),
                Case.of(
                        "a loss that does not bend",
                        () -> ask(engine(flat, solver)),
                        "CurvatureMatrix.HESSIAN, with enough damping",
                        () -> ask(engine(flat, solver).curvature(CurvatureMatrix.HESSIAN))),
                Case.of(
                        "a loss that does not bend, by conjugate gradients",
                        () -> ask(engine(flat, cg(1).build())),
                        "train with a loss that bends",
                        () -> ask(engine(model, cg(1).build()))));
    }

    private static Dl4jModel differences(MultiLayerNetwork net) {
        return Dl4jModel.builder(net).curvature(CurvatureMode.FINITE_DIFFERENCE).build();
    }

    /** A locked gamma has no exact rule. */
    private static Layer noRule() {
        return new BatchNormalization.Builder()
                .lockGammaBeta(true)
                .gamma(2)
                .beta(0.5)
                .nIn(4)
                .nOut(4)
                .build();
    }

    private static List<Case> networks() {
        InverseHvp solver = new AutomaticSolver();
        MultiLayerNetwork trained = net(LossFunction.MSE, 0);
        MultiLayerNetwork odd = net(LossFunction.MSE, 0, noRule());
        MultiLayerNetwork half = trained.clone().convertDataType(DataType.BFLOAT16);
        MultiLayerNetwork raw = new MultiLayerNetwork(trained.getLayerWiseConfigurations());
        MultiLayerNetwork sums = net(LossFunction.MSE, 0.1);
        sums.getLayerWiseConfigurations().getConfs().forEach(conf -> conf.setMiniBatch(false));
        sums.conf().setMiniBatch(false);
        return List.of(
                Case.of(
                        "no rule",
                        () -> Dl4jModel.of(odd),
                        "CurvatureMode.FINITE_DIFFERENCE",
                        () -> ask(engine(differences(odd), solver).curvature(CurvatureMatrix.HESSIAN))),
                Case.of(
                        "differences, Gauss-Newton",
                        () -> ask(engine(differences(odd), solver)),
                        "curvature(CurvatureMatrix.HESSIAN)",
                        () -> ask(engine(differences(odd), solver).curvature(CurvatureMatrix.HESSIAN))),
                Case.of(
                        "differences, another measurement",
                        () -> ask(
                                engine(differences(odd), solver).curvature(CurvatureMatrix.HESSIAN),
                                Measurement.logit(0)),
                        "measures the loss alone",
                        () -> ask(engine(differences(odd), solver).curvature(CurvatureMatrix.HESSIAN))),
                Case.of("not initialised", () -> Dl4jModel.of(raw), "call init()", () -> {
                    MultiLayerNetwork made = new MultiLayerNetwork(trained.getLayerWiseConfigurations());
                    made.init();
                    Dl4jModel.of(made);
                }),
                Case.of(
                        "half precision",
                        () -> Dl4jModel.of(half),
                        "convert it to FLOAT or DOUBLE",
                        () -> Dl4jModel.of(half.convertDataType(DataType.DOUBLE))),
                Case.of(
                        "a penalty beside a sum",
                        () -> Dl4jModel.of(sums),
                        "Dl4jModel.builder(net).regularizer(...)",
                        () -> Dl4jModel.builder(sums)
                                .regularizer(Regularizer.weightDecay(0.1))
                                .build()));
    }

    private static SameDiff graph(boolean sum, boolean noRule) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 3);
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 1);
        SDVariable w = sd.var("w", Systems.vector(Systems.normal(3, 3)).reshape(3, 1));
        SDVariable h = sd.mmul(x, w);
        SDVariable out = noRule ? sd.math().atan2(h, sd.math().exp(h)) : h;
        SDVariable e = sd.math().square(out.sub(y));
        sd.setLossVariables((sum ? sd.sum(e) : sd.mean(e)).name());
        return sd;
    }

    private static SameDiff penalized() {
        SameDiff sd = graph(true, false);
        sd.setTrainingConfig(new TrainingConfig.Builder()
                .updater(new Adam(0.01))
                .l2(0.1)
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("y")
                .minimize(sd.getLossVariables().get(0))
                .build());
        return sd;
    }

    private static List<Case> graphs() {
        Batch batch = Batch.of(Map.of("x", ALL.get(Batch.FEATURES), "y", ALL.get(Batch.LABELS)));
        SameDiff nothing = SameDiff.create();
        nothing.var("w", DataType.DOUBLE, 3, 1);
        return List.of(
                Case.of(
                        "an operation without a rule",
                        () -> SameDiffModel.of(graph(false, true)),
                        "CurvatureMode.FINITE_DIFFERENCE) with CurvatureMatrix.HESSIAN",
                        () -> {
                            SameDiffModel model = SameDiffModel.builder(graph(false, true))
                                    .curvature(CurvatureMode.FINITE_DIFFERENCE)
                                    .build();
                            Curvature curvature = Curvature.of(CurvatureMatrix.HESSIAN, model, TrainingSet.of(batch));
                            new AutomaticSolver().solve(curvature, model.gradient(batch), Progress.none());
                        }),
                Case.of(
                        "a penalty beside a sum over a batch",
                        () -> SameDiffModel.of(penalized()),
                        "SameDiffModel.builder(sd).batchSize(n)",
                        () -> SameDiffModel.builder(penalized()).batchSize(4).build()),
                Case.of("no loss variables", () -> SameDiffModel.of(nothing), "setLossVariables", () -> {
                    SameDiff sd = graph(false, false);
                    SameDiffModel.of(sd);
                }));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void worksAsOffered(Case each) {
        Exception e = assertThrows(Exception.class, each.wrong::run);
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains(each.offer), () -> "'" + each.offer + "' is missing in: " + message);
        each.remedy.follow(message);
        if (e instanceof SolveFailedException failure) {
            assertNotEquals(SolveOutcome.SOLVED, failure.outcome());
        }
    }

    @Test
    void everyOutcomeHasACase() {
        Set<SolveOutcome> seen = EnumSet.noneOf(SolveOutcome.class);
        for (Case each : cases()) {
            if (assertThrows(Exception.class, each.wrong::run) instanceof SolveFailedException failure) {
                seen.add(failure.outcome());
            }
        }
        seen.add(SolveOutcome.NOT_FINITE); // its remedy is to look at the data
        seen.add(SolveOutcome.SOLVED);
        assertTrue(seen.containsAll(EnumSet.allOf(SolveOutcome.class)), seen.toString());
    }
}
