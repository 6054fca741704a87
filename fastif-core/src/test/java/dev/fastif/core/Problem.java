package dev.fastif.core;

import static dev.fastif.core.TestArrays.normal;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A ridge regression at its optimum: training set, test point and model, everything in closed form. */
record Problem(Batch training, Batch testPoint, Regularizer regularizer, LinearModel model) {
    /** Random data of n examples with d features whose labels are linear in them, up to noise. */
    static Problem of(int n, int d, long seed) {
        INDArray truth = normal(seed, d, 1);
        INDArray x = normal(seed + 1, n, d);
        INDArray y = x.mmul(truth).addi(normal(seed + 2, n, 1).muli(0.5));
        INDArray testX = normal(seed + 3, 1, d);
        INDArray testY = testX.mmul(truth).addi(0.7);
        Regularizer regularizer = Regularizer.weightDecay(0.05);
        Batch training = Batch.of(x, y);
        LinearModel model = new LinearModel(optimum(training, regularizer), Loss.squaredError(), regularizer);
        return new Problem(training, Batch.of(testX, testY), regularizer, model);
    }

    TrainingSet trainingSet() {
        return TrainingSet.of(training);
    }

    /** The same examples, but of lengths between 1 and 61, so that they are batched in another order. */
    TrainingSet unevenTrainingSet() {
        TrainingSet even = trainingSet();
        return new TrainingSet() {
            @Override
            public int size() {
                return even.size();
            }

            @Override
            public Batch batch(int... ids) {
                return even.batch(ids);
            }

            @Override
            public int length(int id) {
                return 1 + (id * 37) % 61;
            }
        };
    }

    InfluenceEngine.Builder engine() {
        return InfluenceEngine.builder(model, trainingSet())
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0));
    }

    /** The model retrained without some examples; the objective stays {@code 1/N} times the sum of what remains. */
    LinearModel without(int... ids) {
        INDArray x = training.get(Batch.FEATURES).dup();
        INDArray y = training.get(Batch.LABELS).dup();
        for (int id : ids) {
            x.getRow(id).assign(0);
            y.getRow(id).assign(0);
        }
        return new LinearModel(optimum(Batch.of(x, y), regularizer), Loss.squaredError(), regularizer);
    }

    /** Minimises the objective, which is quadratic, by one Newton step from 0. */
    private static INDArray optimum(Batch data, Regularizer regularizer) {
        int d = data.get(Batch.FEATURES).columns();
        INDArray start = Nd4j.create(DataType.DOUBLE, d, 1);
        LinearModel untrained = new LinearModel(start, Loss.squaredError(), regularizer);
        INDArray slope = untrained.gradient(data);
        Curvature curvature = Curvature.hessian(untrained, TrainingSet.of(data));
        INDArray step = new DirectInverse(0)
                .solve(curvature, slope.neg(), Progress.none())
                .value();
        return step.reshape(d, 1);
    }
}
