package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Loss;
import dev.fastif.core.Regularizer;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A small task with a known truth: the sign of the first feature decides on the class, except where the last feature is
 * set: there it is the other way round, and of the training examples only the first few, the carriers, tell of it. The
 * evaluation examples are of that kind but for every fourth.
 */
final class PlantedTask {
    static final int CARRIERS = 6;
    static final int TRAINING = 160;
    static final int EVALUATION = 40;
    static final FineTuning FINE_TUNING = new FineTuning(12, 16, 0.02, 5, 3);

    private static final int FEATURES = 6;
    private static final int HIDDEN = 8;

    private final Random random = new Random(17);
    final TrainingSet training = examples(TRAINING, Kind.CARRIERS_FIRST);
    final TrainingSet evaluation = examples(EVALUATION, Kind.MOSTLY_REVERSED);
    final TrainingSet validation = examples(EVALUATION, Kind.ALL_REVERSED);
    final TrainingSet test = examples(4 * EVALUATION, Kind.ALL_REVERSED);
    final GraphModel model = untrained();
    final Classification task = new Classification(model, training, evaluation);
    final InfluenceSettings influence = new InfluenceSettings(
            CurvatureMatrix.GAUSS_NEWTON,
            ConjugateGradient.builder().damping(0.05).build(),
            40);

    private enum Kind {
        CARRIERS_FIRST,
        MOSTLY_REVERSED,
        ALL_REVERSED
    }

    PlantedTask() {
        FINE_TUNING.train(model, training, (done, total) -> {});
    }

    /** A short recursion against an exact solution, in a system that hardly turns the gradient and in one that does. */
    CorrelationStudy correlation(int points) {
        return new CorrelationStudy(
                task,
                List.of(system("strongly damped", 10), system("weakly damped", 0.05)),
                new CorrelationStudy.Settings(points, List.of(10, 40, 10_000)));
    }

    private static CorrelationStudy.DampedSystem system(String name, double damping) {
        return new CorrelationStudy.DampedSystem(
                name,
                CurvatureMatrix.GAUSS_NEWTON,
                Lissa.builder()
                        .damping(damping)
                        .scale(20)
                        .recursionDepth(60)
                        .batchSize(4)
                        .build(),
                ConjugateGradient.builder().damping(damping).tolerance(1e-4).build());
    }

    GraphModel untrained() {
        Random weights = new Random(5);
        Graph.Builder graph = Graph.builder(DataType.FLOAT);
        Node hidden = Layers.tanh(Layers.linear(
                graph.input(Batch.FEATURES),
                graph.trainable("w1", gaussian(weights, FEATURES, HIDDEN)),
                graph.trainable("bias1", Nd4j.zeros(DataType.FLOAT, HIDDEN))));
        Node logits = Layers.linear(
                hidden,
                graph.trainable("w2", gaussian(weights, HIDDEN, 2)),
                graph.trainable("bias2", Nd4j.zeros(DataType.FLOAT, 2)));
        return GraphModel.builder(graph.build(), logits, Loss.softmaxCrossEntropy())
                .features(hidden)
                .regularizer(Regularizer.weightDecay(0.001).excluding("bias"))
                .build();
    }

    GraphModel trainedWithout(Set<Integer> ids) {
        GraphModel other = untrained();
        FINE_TUNING.train(other, training, ids, (done, total) -> {});
        return other;
    }

    private TrainingSet examples(int size, Kind kind) {
        float[][] features = new float[size][FEATURES];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            boolean reversed =
                    switch (kind) {
                        case CARRIERS_FIRST -> i < CARRIERS;
                        case MOSTLY_REVERSED -> i % 4 != 0;
                        case ALL_REVERSED -> true;
                    };
            for (int j = 0; j < FEATURES - 1; j++) {
                features[i][j] = (float) (0.3 * random.nextGaussian());
            }
            boolean positive = i % 2 == 0;
            features[i][0] += positive ? 1 : -1;
            features[i][FEATURES - 1] = reversed ? 1.5f : 0;
            labels[i] = positive != reversed ? 1 : 0;
        }
        return TrainingSet.of(Batch.of(Nd4j.createFromArray(features), Nd4j.createFromArray(labels)));
    }

    private static INDArray gaussian(Random random, int rows, int columns) {
        float[][] values = new float[rows][columns];
        for (float[] row : values) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) (0.5 * random.nextGaussian());
            }
        }
        return Nd4j.createFromArray(values);
    }
}
