package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.SolveReport;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.dl4j.Dl4jModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** What a solver returns is what it promised, or nothing is returned: over systems that are hard, or none. */
class PromiseTest {
    private static final double TOLERANCE = 1e-4;

    /** Diagonals of symmetric matrices, from harmless to hopeless. */
    private static Map<String, double[]> spectra() {
        Map<String, double[]> spectra = new LinkedHashMap<>();
        spectra.put("identity", filled(20, 1, 1));
        spectra.put("condition 1e4", filled(40, 1e-4, 1));
        spectra.put("condition 1e8", filled(60, 1e-8, 1));
        spectra.put("condition 1e12", filled(60, 1e-12, 1));
        spectra.put("condition 1e16", filled(60, 1e-16, 1));
        double[] singular = filled(30, 1e-3, 1);
        singular[0] = 0;
        spectra.put("singular", singular);
        double[] indefinite = filled(30, 1e-3, 1);
        indefinite[3] = -0.5;
        spectra.put("indefinite", indefinite);
        spectra.put("one by one", new double[] {3});
        return spectra;
    }

    private static double[] filled(int size, double smallest, double largest) {
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            double share = size == 1 ? 1 : (double) i / (size - 1);
            values[i] = Math.exp(Math.log(smallest) * (1 - share) + Math.log(largest) * share);
        }
        return values;
    }

    private static Map<String, InverseHvp> solvers() {
        Map<String, InverseHvp> solvers = new LinkedHashMap<>();
        for (double damping : new double[] {0, 1e-6, 0.1}) {
            solvers.put(
                    "CG, damping " + damping,
                    ConjugateGradient.builder()
                            .damping(damping)
                            .tolerance(TOLERANCE)
                            .build());
        }
        solvers.put("CG", ConjugateGradient.builder().tolerance(TOLERANCE).build());
        solvers.put("direct", DirectSolver.builder().tolerance(TOLERANCE).build());
        solvers.put(
                "direct, damping 0.0",
                DirectSolver.builder().damping(0).tolerance(TOLERANCE).build());
        solvers.put("automatic", new AutomaticSolver());
        solvers.put("automatic LiSSA", Lissa.auto().maxRecursionDepth(300).build());
        solvers.put("published LiSSA", Lissa.builder().recursionDepth(100).build());
        return solvers;
    }

    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            spectra().forEach((spectrum, values) -> solvers()
                    .forEach((solver, inverse) -> cases.add(Arguments.of(spectrum, solver, type, values, inverse))));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("cases")
    void isKeptOrNothingIsReturned(String spectrum, String name, DataType type, double[] values, InverseHvp solver) {
        INDArray matrix = rotated(values);
        INDArray v = Nd4j.ones(type, values.length);
        Curvature curvature = MatrixCurvature.of(matrix.toDoubleMatrix());
        Solution solution;
        try {
            solution = solver.solve(curvature, v, Progress.none());
        } catch (SolveFailedException e) {
            assertTrue(
                    !e.outcome().remedy().isEmpty()
                            && String.valueOf(e.getMessage()).length() > 40,
                    e.getMessage());
            e.report()
                    .ifPresent(report -> assertTrue(
                            report.outcome() == e.outcome()
                                    && report.relativeResidual() > (name.contains("LiSSA") ? 1 : TOLERANCE),
                            report.toString()));
            return;
        }
        SolveReport report = solution.report();
        assertEquals(SolveOutcome.SOLVED, report.outcome());
        INDArray s = solution.value().castTo(DataType.DOUBLE).reshape(values.length, 1);
        INDArray residual = matrix.mmul(s).addi(s.mul(report.damping())).subi(1);
        double relative = residual.norm2Number().doubleValue() / Math.sqrt(values.length);
        double promised = name.contains("LiSSA") ? 1 : name.equals("automatic") ? 1e-3 : TOLERANCE;
        // measured in the numbers' own precision
        assertTrue(relative <= 1.05 * promised + (type == DataType.FLOAT ? 1e-5 : 0), () -> "residual " + relative);
        // what measuring it rounds grows with s
        double rounding = 1e-15 * s.norm2Number().doubleValue() / Math.sqrt(values.length);
        assertEquals(
                relative,
                report.relativeResidual(),
                0.05 * relative + (type == DataType.FLOAT ? 1e-4 : Math.max(1e-9, rounding)));
    }

    private static INDArray rotated(double... values) {
        int n = values.length;
        INDArray matrix = Nd4j.create(DataType.DOUBLE, n, n);
        // a reflection H = I - 2 u u^T: H diag H
        double[] u = new double[n];
        double norm = 0;
        for (int i = 0; i < n; i++) {
            u[i] = 1 + Math.sin(i);
            norm += u[i] * u[i];
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < n; k++) {
                    double a = (i == k ? 1 : 0) - 2 * u[i] * u[k] / norm;
                    double b = (j == k ? 1 : 0) - 2 * u[j] * u[k] / norm;
                    sum += a * values[k] * b;
                }
                matrix.putScalar(i, j, sum);
            }
        }
        return matrix;
    }

    /** A remedy that is followed leads to a solution. */
    @Test
    void theDampingThatIsNamedSuffices() {
        double[] values = filled(30, 1e-3, 1);
        values[3] = -0.5;
        Curvature curvature = MatrixCurvature.of(rotated(values).toDoubleMatrix());
        INDArray v = Nd4j.ones(DataType.DOUBLE, values.length);
        SolveFailedException e = assertThrows(
                SolveFailedException.class,
                () -> ConjugateGradient.builder().damping(0.01).build().solve(curvature, v, Progress.none()));
        assertEquals(SolveOutcome.NOT_DEFINITE, e.outcome());
        String message = String.valueOf(e.getMessage());
        double named = Double.parseDouble(message.substring(message.lastIndexOf(" to ") + 4));
        Solution solution = ConjugateGradient.builder().damping(named).build().solve(curvature, v, Progress.none());
        assertTrue(solution.report().relativeResidual() <= TOLERANCE);
        Solution chosen = ConjugateGradient.builder().build().solve(curvature, v, Progress.none());
        assertTrue(
                chosen.report().damping() > 0.5 && chosen.report().solver().contains("damping=0.5"),
                chosen.report().solver());
    }

    /** The losses of DL4J whose second derivative is zero wherever it exists, and some that bend. */
    static Stream<Arguments> losses() {
        Map<LossFunction, Boolean> bend = new LinkedHashMap<>();
        bend.put(LossFunction.L1, false);
        bend.put(LossFunction.MEAN_ABSOLUTE_ERROR, false);
        bend.put(LossFunction.MEAN_ABSOLUTE_PERCENTAGE_ERROR, false);
        bend.put(LossFunction.HINGE, false);
        bend.put(LossFunction.WASSERSTEIN, false);
        bend.put(LossFunction.MSE, true);
        bend.put(LossFunction.L2, true);
        bend.put(LossFunction.SQUARED_HINGE, true);
        return bend.entrySet().stream().flatMap(entry -> solvers().entrySet().stream()
                .filter(solver -> !solver.getKey().contains("damping 0.0"))
                .flatMap(solver -> Stream.of(0.0, 0.1)
                        .map(l2 -> Arguments.of(
                                entry.getKey(), entry.getValue(), solver.getKey(), solver.getValue(), l2))));
    }

    @ParameterizedTest(name = "{0}, {2}, l2 {4}")
    @MethodSource("losses")
    void aLossThatDoesNotBendIsNoSystem(LossFunction loss, boolean bends, String name, InverseHvp solver, double l2) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(DataType.DOUBLE)
                .l2(l2)
                .list(
                        new DenseLayer.Builder()
                                .nIn(3)
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build(),
                        new OutputLayer.Builder(loss)
                                .nIn(4)
                                .nOut(1)
                                .activation(Activation.IDENTITY)
                                .build())
                .build());
        net.init();
        Nd4j.getRandom().setSeed(2);
        INDArray labels = Nd4j.rand(DataType.DOUBLE, 30, 1)
                .gt(0.5)
                .castTo(DataType.DOUBLE)
                .muli(2)
                .subi(1);
        Batch all = Batch.of(Nd4j.randn(DataType.DOUBLE, 30, 3), labels);
        Dl4jModel model = Dl4jModel.of(net);
        Curvature curvature = Curvature.of(CurvatureMatrix.GAUSS_NEWTON, model, TrainingSet.of(all));
        INDArray v = model.gradient(TrainingSet.of(all).batch(3));
        if (v.norm2Number().doubleValue() == 0) {
            return; // a hinge that is met
        }
        if (bends) {
            solver.solve(curvature, v, Progress.none());
        } else {
            SolveFailedException e =
                    assertThrows(SolveFailedException.class, () -> solver.solve(curvature, v, Progress.none()));
            assertEquals(SolveOutcome.NO_CURVATURE, e.outcome());
        }
    }

    @Test
    void aReportIsShortAndWarns() {
        SolveReport report = new SolveReport(
                SolveOutcome.SOLVED, "solver", 50, Double.NaN, 3, 0.7, 64, 0.9999, Double.NaN, List.of(1.0, 2.0));
        assertTrue(report.toString().length() < 300);
        assertEquals(SolveOutcome.SOLVED, report.outcome());
        assertEquals(2, report.warnings().size());
        assertEquals(
                List.of(),
                new SolveReport(SolveOutcome.SOLVED, "solver", 1, Double.NaN, 3, 0.01, 64, 0.9, Double.NaN, List.of())
                        .warnings());
    }
}
