package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Networks that were not initialised, or have no parameters, are refused with what to do. */
class UntrainableNetsTest {
    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nIn(2)
                .nOut(1)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static void assertRefused(Executable made) {
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, made).getMessage());
        assertTrue(message.contains("no parameters") && message.contains("init()"), message);
    }

    @Test
    void layersThatWereNotInitialised() {
        MultiLayerNetwork net = new MultiLayerNetwork(
                new NeuralNetConfiguration.Builder().list(output()).build());
        assertRefused(() -> Dl4jModel.of(net));
    }

    @Test
    void aGraphThatWasNotInitialised() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("out", output(), "in")
                .setOutputs("out")
                .build());
        assertRefused(() -> Dl4jModel.of(net));
    }

    @Test
    void layersWithoutParameters() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list(new ActivationLayer(Activation.TANH), new LossLayer.Builder(LossFunction.MSE).build())
                .build());
        net.init();
        assertRefused(() -> Dl4jModel.of(net));
    }
}
