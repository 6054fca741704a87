package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.Loss;
import dev.fastif.core.Regularizer;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.knn.ExactIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** The README's program, compiled and run. */
class ReadmeTest {
    private final Random random = new Random(3);

    @Test
    void programRuns() {
        INDArray w1 = gaussian(4, 8);
        INDArray b1 = gaussian(8);
        INDArray w2 = gaussian(8, 3);
        INDArray b2 = gaussian(3);
        INDArray labels = Nd4j.eye(3).castTo(DataType.FLOAT).repeat(0, 20);
        DataSet dataSet = new DataSet(gaussian(60, 4), labels);
        Batch testPoint = Batch.of(gaussian(1, 4), Nd4j.createFromArray(2));

        // README
        Graph.Builder graph = Graph.builder(DataType.FLOAT);
        Node hidden =
                graph.relu(graph.linear(graph.input("features"), graph.trainable("w1", w1), graph.trainable("b1", b1)));
        Node logits = graph.linear(hidden, graph.trainable("w2", w2), graph.trainable("b2", b2));
        GraphModel model = GraphModel.builder(graph.build(), logits, Loss.softmaxCrossEntropy())
                .features(hidden)
                .regularizer(Regularizer.weightDecay(1e-4))
                .build();

        try (InfluenceEngine engine = InfluenceEngine.builder(model, TrainingSet.of(dataSet))
                .index(ExactIndex::of)
                .inverseHvp(ConjugateGradient.builder().damping(10).build())
                .build()) {
            InfluenceResult result = engine.topK(testPoint);
            result.helpful(); // ids, influences, what removing each would do to the loss
            result.harmful();
            result.solve().relativeResidual(); // how far s_test can be trusted
            // end
            assertFalse(result.helpful().isEmpty());
            assertFalse(result.harmful().isEmpty());
            assertTrue(result.solve().relativeResidual() < 1e-3);
        }
    }

    @Test
    void readmeShowsThisProgram() throws IOException {
        String source = Files.readString(Path.of("src/test/java/dev/fastif/examples/ReadmeTest.java"));
        String program = source.substring(source.indexOf("// README\n") + 10, source.indexOf("// end\n"));
        String readme = Files.readString(Path.of("../README.md"));
        String shown = readme.substring(readme.indexOf("```java\n") + 8);
        shown = shown.substring(0, shown.indexOf("```"));
        assertEquals(squeeze(program) + "}", squeeze(shown));
    }

    private static String squeeze(String code) {
        return code.replaceAll("\\s+", "");
    }

    private INDArray gaussian(long... shape) {
        INDArray array = Nd4j.create(DataType.FLOAT, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array;
    }
}
