package dev.fastif.examples.nli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Regularizer;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FineTuningTest {
    private static final int EXAMPLES = 200;

    private final TrainingSet separable = separable();

    @Test
    void learnsWhatCanBeLearned() {
        GraphModel model = model();
        double before = meanLoss(model);
        new FineTuning(20, 16, 0.05, 5, 1).train(model, separable, (done, total) -> {});
        assertTrue(meanLoss(model) < before / 5, () -> before + " fell to " + meanLoss(model) + " only");
    }

    @Test
    void reportsEachStepAndIsDeterminedByItsSeed() {
        List<Integer> steps = new ArrayList<>();
        GraphModel first = model();
        new FineTuning(2, 16, 0.01, 5, 7).train(first, separable, (done, total) -> {
            steps.add(done);
            assertEquals(26, total);
        });
        assertEquals(26, steps.size());
        GraphModel second = model();
        new FineTuning(2, 16, 0.01, 5, 7).train(second, separable, (done, total) -> {});
        assertEquals(first.parameterValues(), second.parameterValues());
    }

    @Test
    void rateRisesThenFallsToZero() {
        FineTuning.WarmUpAndDecay rate = new FineTuning.WarmUpAndDecay(2, 4, 12);
        double[] rates = new double[12];
        for (int step = 0; step < 12; step++) {
            rates[step] = rate.valueAt(step, 0);
        }
        assertArrayEquals(new double[] {0.5, 1, 1.5, 2, 2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25}, rates, 1e-12);
    }

    @Test
    void wrongSettingsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new FineTuning(0, 1, 1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new FineTuning(1, 0, 1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new FineTuning(1, 1, Double.NaN, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new FineTuning(1, 1, 1, 0, 0));
    }

    private double meanLoss(GraphModel model) {
        return model.losses(separable.batch(
                        java.util.stream.IntStream.range(0, EXAMPLES).toArray()))
                .meanNumber()
                .doubleValue();
    }

    private static TrainingSet separable() {
        Random random = new Random(2);
        float[][] features = new float[EXAMPLES][2];
        int[] labels = new int[EXAMPLES];
        for (int i = 0; i < EXAMPLES; i++) {
            labels[i] = i % 2;
            features[i][0] = (float) (random.nextGaussian() * 0.2 + labels[i]);
            features[i][1] = (float) random.nextGaussian();
        }
        return TrainingSet.of(Batch.of(Nd4j.createFromArray(features), Nd4j.createFromArray(labels)));
    }

    private static GraphModel model() {
        Graph.Builder graph = Graph.builder(DataType.FLOAT);
        INDArray zeros = Nd4j.zeros(DataType.FLOAT, 2, 2);
        INDArray bias = Nd4j.zeros(DataType.FLOAT, 2);
        var logits = Layers.linear(graph.input("features"), graph.trainable("w", zeros), graph.trainable("bias", bias));
        return GraphModel.builder(graph.build(), logits, Loss.softmaxCrossEntropy())
                .regularizer(Regularizer.weightDecay(0.001).excluding("bias"))
                .build();
    }
}
