package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.knn.ExactIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The README's program, compiled and run. */
class ReadmeTest {
    private final Random random = new Random(3);

    @Test
    void programRuns() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam(0.01))
                .l2(0.01)
                .list(
                        new DenseLayer.Builder()
                                .nIn(4)
                                .nOut(8)
                                .activation(Activation.TANH)
                                .build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(8)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        INDArray labels = Nd4j.eye(3).castTo(DataType.FLOAT).repeat(0, 20);
        DataSet dataSet = new DataSet(gaussian(60, 4), labels);
        for (int i = 0; i < 50; i++) {
            net.fit(dataSet);
        }
        Batch testPoint = Batch.of(gaussian(1, 4), Nd4j.createFromArray(new float[][] {{0, 0, 1}}));

        // README
        Dl4jModel model = Dl4jModel.of(net); // a MultiLayerNetwork or ComputationGraph, as you trained it
        TrainingSet trainingSet = TrainingSet.of(dataSet); // or a MultiDataSet, a DataSetIterator, a function

        try (InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(ConjugateGradient.builder().damping(0.01).build())
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
