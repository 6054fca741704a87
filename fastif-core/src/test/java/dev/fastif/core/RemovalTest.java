package dev.fastif.core;

import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What leaving examples out is predicted to change, against training again without them: ridge regression and logistic
 * regression, in both readings, one example and groups, at three strengths of the penalty.
 */
class RemovalTest {
    private static final int N = 400;
    private static final int D = 3;
    private static final int TESTS = 3;

    @ParameterizedTest
    @CsvSource({
        "ridge, 0.01, 1",
        "ridge, 0.1, 1",
        "ridge, 1, 1",
        "ridge, 0.1, 4",
        "logistic, 0.01, 1",
        "logistic, 0.1, 1",
        "logistic, 1, 1",
        "logistic, 0.1, 4"
    })
    void bothReadingsAreThoseOfRetraining(String kind, double l2, int group) {
        Loss loss = kind.equals("ridge") ? Loss.squaredError() : Loss.binaryCrossEntropy();
        Task task = Task.of(loss, Regularizer.weightDecay(l2 / 2));
        LinearModel model = task.trained(new double[N], N, Nd4j.create(DataType.DOUBLE, D, 1));
        INDArray start = model.parameterValues().reshape(D, 1);
        List<Double> averaged = new ArrayList<>();
        List<Double> unweighted = new ArrayList<>();
        List<Double> trainedOnTheRest = new ArrayList<>();
        List<Double> trainedWithoutWeight = new ArrayList<>();
        try (InfluenceEngine engine = InfluenceEngine.builder(model, TrainingSet.of(task.training))
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0))
                .build()) {
            for (int first = 0; first + group <= N; first += 16) {
                int[] ids = IntStream.range(first, first + group).toArray();
                double[] dropped = new double[N];
                for (int id : ids) {
                    dropped[id] = 1;
                }
                LinearModel onTheRest = task.trained(dropped, N - group, start);
                LinearModel withoutWeight = task.trained(dropped, N, start);
                for (Batch point : task.tests) {
                    GroupInfluence influence = engine.groupInfluence(point, ids);
                    averaged.add(influence.changeIfRemoved());
                    unweighted.add(influence.changeIfUnweighted());
                    double before = model.losses(point).getDouble(0);
                    trainedOnTheRest.add(onTheRest.losses(point).getDouble(0) - before);
                    trainedWithoutWeight.add(withoutWeight.losses(point).getDouble(0) - before);
                    if (group == 1) {
                        Influence alone = influence.members().get(0);
                        assertEquals(influence.changeIfRemoved(), alone.changeIfRemoved(), 1e-15);
                        assertEquals(influence.changeIfUnweighted(), alone.changeIfUnweighted(), 1e-15);
                    }
                }
            }
        }
        assertAgree(averaged, trainedOnTheRest, "mean over the rest");
        assertAgree(unweighted, trainedWithoutWeight, "rest keeps its weight");
    }

    /** Leverages are about 1%: so much does a prediction to first order miss of a single change. */
    private static void assertAgree(List<Double> predicted, List<Double> actual, String reading) {
        double pearson = new PearsonsCorrelation().correlation(array(predicted), array(actual));
        long wrong = IntStream.range(0, predicted.size())
                .filter(i -> predicted.get(i) * actual.get(i) < 0)
                .count();
        String found = reading + ": Pearson " + pearson + ", " + wrong + " of " + predicted.size() + " signs wrong";
        System.out.println(found);
        assertTrue(pearson >= 0.999 && wrong <= 0.01 * predicted.size(), found);
    }

    private static double[] array(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** The only example cannot be left out. */
    @Test
    void nothingIsLeftWithoutTheOnlyExample() {
        Problem one = Problem.of(1, 1, 3);
        try (InfluenceEngine engine = one.engine().build()) {
            assertTrue(
                    Double.isNaN(engine.topK(one.testPoint(), 1).scored().get(0).changeIfRemoved()));
        }
    }

    /** Data, and a convex objective that Newton's method minimises. */
    private record Task(Loss loss, Regularizer regularizer, Batch training, List<Batch> tests) {
        static Task of(Loss loss, Regularizer regularizer) {
            Random random = new Random(7);
            INDArray x = normal(11, N + TESTS, D);
            INDArray truth = normal(12, D, 1);
            INDArray y = x.mmul(truth).addi(normal(13, N + TESTS, 1));
            if (loss.equals(Loss.binaryCrossEntropy())) {
                for (int i = 0; i < N + TESTS; i++) {
                    y.putScalar(i, 0, random.nextDouble() < 1 / (1 + Math.exp(-y.getDouble(i))) ? 1 : 0);
                }
            }
            TrainingSet all = TrainingSet.of(Batch.of(x, y));
            return new Task(
                    loss,
                    regularizer,
                    all.batch(IntStream.range(0, N).toArray()),
                    IntStream.range(N, N + TESTS).mapToObj(all::batch).toList());
        }

        /** The minimum of the sum of the losses that are not dropped over {@code count}, plus the penalty. */
        LinearModel trained(double[] dropped, int count, INDArray start) {
            INDArray x = training.get(Batch.FEATURES);
            INDArray y = training.get(Batch.LABELS);
            List<Integer> kept =
                    IntStream.range(0, N).filter(i -> dropped[i] == 0).boxed().toList();
            Batch rest = TrainingSet.of(Batch.of(x, y))
                    .batch(kept.stream().mapToInt(Integer::intValue).toArray());
            double share = (double) kept.size() / count; // of the mean over the rest
            INDArray w = start;
            for (int step = 0; step < 8; step++) {
                LinearModel model = new LinearModel(w, loss, regularizer);
                INDArray slope = model.gradient(rest).muli(share);
                regularizer.addGradient(model.parameters(), model.parameterValues(), slope);
                INDArray hessian = Nd4j.create(DataType.DOUBLE, D, D);
                for (int i = 0; i < D; i++) {
                    INDArray unit = Nd4j.create(DataType.DOUBLE, D);
                    unit.putScalar(i, 1);
                    INDArray column = model.hessianVectorProduct(rest, unit).muli(share);
                    regularizer.addHessianProduct(model.parameters(), unit, column);
                    hessian.putColumn(i, column);
                }
                w = w.sub(solve(hessian, slope));
            }
            return new LinearModel(w, loss, regularizer);
        }

        private static INDArray solve(INDArray matrix, INDArray right) {
            double[] solution = new org.apache.commons.math3.linear.LUDecomposition(
                            new org.apache.commons.math3.linear.Array2DRowRealMatrix(matrix.toDoubleMatrix()))
                    .getSolver()
                    .solve(new org.apache.commons.math3.linear.ArrayRealVector(right.toDoubleVector()))
                    .toArray();
            return Nd4j.createFromArray(solution).reshape(D, 1);
        }
    }
}
