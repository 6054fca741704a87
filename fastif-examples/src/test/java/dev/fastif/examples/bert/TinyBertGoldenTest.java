package dev.fastif.examples.bert;

import static dev.fastif.golden.RelativeError.assertWithin;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.RecordedRun;
import dev.fastif.knn.ExactIndex;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A BERT classifier against torch's double backward: the bundled golden set 'tiny-bert', or with {@code
 * -Dfastif.golden=DIR} another of its form. Every size, range and setting is the manifest's.
 */
class TinyBertGoldenTest {
    private static final double SOLVED = 1e-6;

    private static GoldenBert exact;
    private static GoldenBert single;
    private static InverseHvp solver;

    @BeforeAll
    static void load() {
        GoldenSet set = GoldenSet.find("tiny-bert", GoldenBert.KEYS);
        exact = new GoldenBert(set, DataType.DOUBLE);
        single = new GoldenBert(set, DataType.FLOAT);
        solver = new SolveOnce(ConjugateGradient.builder()
                .damping(exact.damping())
                .tolerance(1e-9)
                .maxIterations(1000)
                .build());
    }

    /** Several tests need the same solutions; each is solved once. */
    private record SolveOnce(InverseHvp solver, Map<DoubleBuffer, Solution> solutions) implements InverseHvp {
        SolveOnce(InverseHvp solver) {
            this(solver, new HashMap<>());
        }

        @Override
        public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
            return vectors.stream()
                    .map(vector -> solutions.computeIfAbsent(
                            DoubleBuffer.wrap(vector.toDoubleVector()),
                            key -> solver.solve(curvature, vector, progress)))
                    .toList();
        }
    }

    /** The two precisions, each with what it must reach. */
    private enum Precision {
        DOUBLE(1e-9),
        FLOAT(2e-4);

        private final double bound;

        Precision(double bound) {
            this.bound = bound;
        }

        GoldenBert golden() {
            return this == DOUBLE ? exact : single;
        }
    }

    @Test
    void parametersAreThoseOfTheManifest() {
        assertEquals(
                new HashSet<>(exact.set.names("trainable")),
                exact.model.parameters().names());
        assertEquals(
                exact.set.manifest().get("p").longValue(),
                exact.model.parameters().size());
    }

    @ParameterizedTest
    @EnumSource
    void losses(Precision precision) {
        GoldenBert golden = precision.golden();
        assertWithin(precision.bound, golden.set.array("losses"), golden.model.losses(golden.examples()), "losses");
    }

    @ParameterizedTest
    @EnumSource
    void features(Precision precision) {
        GoldenBert golden = precision.golden();
        assertWithin(
                precision.bound, golden.set.array("features"), golden.model.features(golden.examples()), "features");
    }

    @ParameterizedTest
    @EnumSource
    void gradientOfEachExample(Precision precision) {
        GoldenBert golden = precision.golden();
        for (int i = 0; i < golden.size(); i++) {
            INDArray gradient = golden.model.gradient(golden.example(i));
            assertWithin(precision.bound, golden.vector("gradients", i), gradient, "the gradient of example " + i);
        }
    }

    @ParameterizedTest
    @EnumSource
    void directionalDerivatives(Precision precision) {
        GoldenBert golden = precision.golden();
        INDArray derivatives = golden.model.directionalDerivatives(golden.examples(), golden.vector("direction"));
        assertWithin(
                precision.bound, golden.set.array("directional_derivatives"), derivatives, "directional derivatives");
    }

    /** The oracle's products, like ours, are those of the mean loss alone: weight decay joins in the solvers' tests. */
    @ParameterizedTest
    @EnumSource
    void hessianVectorProductOfTheFirstExample(Precision precision) {
        GoldenBert golden = precision.golden();
        INDArray product = golden.model.hessianVectorProduct(golden.training(0), golden.vector("direction"));
        assertWithin(precision.bound, golden.vector("hvp_first_example"), product, "the first example's HVP");
    }

    @ParameterizedTest
    @EnumSource
    void hessianVectorProductOfTheTrainingSet(Precision precision) {
        GoldenBert golden = precision.golden();
        INDArray product = golden.model.hessianVectorProduct(golden.training(), golden.vector("direction"));
        assertWithin(precision.bound, golden.vector("hvp_all_train"), product, "the training set's HVP");
    }

    @Test
    void conjugateGradientReachesEverySTest() {
        for (int i = 0; i < exact.tests(); i++) {
            Solution solution = solver.solve(curvature(), exact.model.gradient(exact.test(i)), Progress.none());
            assertWithin(SOLVED, exact.vector("s_test", i), solution.value(), "s_test " + i);
        }
    }

    @Test
    void lissaRepeatsTheRecordedRun() {
        JsonNode settings = exact.set.manifest().get("lissa");
        int depth = settings.get("J").intValue();
        int batchSize = settings.get("B").intValue();
        Lissa lissa = Lissa.builder()
                .recursionDepth(depth)
                .batchSize(batchSize)
                .repeats(settings.get("T").intValue())
                .dampAndScale(
                        settings.get("damp").doubleValue(),
                        settings.get("scale").doubleValue())
                .build();
        int[] order = exact.set.ints(settings.get("order").textValue().replace(".npy", ""));
        Solution solution = RecordedRun.replay(
                lissa, curvature(), exact.model.gradient(exact.test(0)), samples(order, depth, batchSize));
        String recorded = String.format("lissa_j%d_b%d", depth, batchSize);
        assertWithin(1e-9, exact.vector(recorded), solution.value(), recorded);
    }

    @Test
    void influencesOfEveryTrainingExample() {
        INDArray expected = exact.set.array("influences");
        int[] ids = IntStream.range(0, exact.trainingSet.size()).toArray();
        try (InfluenceEngine engine = engine()) {
            for (int i = 0; i < exact.tests(); i++) {
                List<Influence> influences = engine.influences(exact.test(i), ids);
                INDArray values = Nd4j.createFromArray(
                        influences.stream().mapToDouble(Influence::value).toArray());
                assertWithin(SOLVED, expected.getRow(i), values, "the influences on test example " + i);
            }
        }
    }

    @Test
    void topKIsTheOraclesOrder() {
        INDArray expected = exact.set.array("influences");
        int k = exact.trainingSet.size();
        try (InfluenceEngine engine = engine()) {
            for (int i = 0; i < exact.tests(); i++) {
                double[] oracle = expected.getRow(i).toDoubleVector();
                InfluenceResult result = engine.topK(exact.test(i), k);
                double[] rising = Arrays.stream(oracle).sorted().toArray();
                double[] falling = IntStream.range(0, k)
                        .mapToDouble(j -> rising[k - 1 - j])
                        .toArray();
                assertOrder(oracle, Arrays.stream(rising).filter(x -> x < 0).toArray(), result.helpful());
                assertOrder(oracle, Arrays.stream(falling).filter(x -> x > 0).toArray(), result.harmful());
            }
        }
    }

    /** At each rank stands an example to which the oracle gives this rank's value: ties may stand in any order. */
    private static void assertOrder(double[] oracle, double[] sorted, List<Influence> ranked) {
        double tie = SOLVED * Arrays.stream(oracle).map(Math::abs).max().orElseThrow();
        assertEquals(sorted.length, ranked.size());
        for (int rank = 0; rank < sorted.length; rank++) {
            assertEquals(sorted[rank], oracle[ranked.get(rank).id()], tie, "rank " + rank);
        }
    }

    private static Curvature curvature() {
        return Curvature.hessian(exact.model, exact.trainingSet);
    }

    private static InfluenceEngine engine() {
        return InfluenceEngine.builder(exact.model, exact.trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(solver)
                .curvature(CurvatureMatrix.HESSIAN)
                .candidates(exact.trainingSet.size())
                .build();
    }

    /** The recorded ids, one after the other, as [repeats][steps][B]. */
    private static int[][][] samples(int[] order, int depth, int batchSize) {
        int run = depth * batchSize;
        return IntStream.range(0, order.length / run)
                .mapToObj(repeat -> IntStream.range(0, depth)
                        .mapToObj(step -> {
                            int start = repeat * run + step * batchSize;
                            return Arrays.copyOfRange(order, start, start + batchSize);
                        })
                        .toArray(int[][]::new))
                .toArray(int[][][]::new);
    }
}
