package dev.fastif.examples.digits;

import dev.fastif.core.Batch;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.knn.ExactIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Asks the same question again and again, by one caller or several at a time, and prints after each round how many kilobytes the
 * process has: what is left to be collected grows with the rounds, what each caller has for itself with the callers. To be run in
 * a JVM of its own. Vectors of the parameters have 4 MB.
 */
final class RepeatedQuestions {
    private static final int WIDTH = 2000;

    private RepeatedQuestions() {}

    public static void main(String[] args) throws Exception {
        String question = args[0];
        int callers = Integer.parseInt(args[2]);
        int rounds = Integer.parseInt(args[3]);
        TrainingSet trainingSet = TrainingSet.of(data());
        try (InfluenceEngine engine = InfluenceEngine.builder(Dl4jModel.of(net()), trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(solver(args[1]))
                .devices(DeviceGroup.cpu(2))
                .build()) {
            for (int round = 0; round < rounds; round++) {
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < callers; i++) {
                    threads.add(new Thread(() -> ask(engine, trainingSet, question)));
                }
                threads.forEach(Thread::start);
                for (Thread thread : threads) {
                    thread.join();
                }
                System.out.println("resident " + resident());
            }
        }
    }

    private static DataSet data() {
        INDArray features = Nd4j.rand(DataType.FLOAT, 120, 500);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, 120, 2);
        for (int i = 0; i < 120; i++) {
            labels.putScalar(i, i % 2, 1);
        }
        return new DataSet(features, labels);
    }

    private static MultiLayerNetwork net() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .list(
                        new DenseLayer.Builder()
                                .nIn(500)
                                .nOut(WIDTH)
                                .activation(Activation.TANH)
                                .build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(WIDTH)
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        return net;
    }

    private static InverseHvp solver(String name) {
        return switch (name) {
            case "CG" -> ConjugateGradient.builder().damping(10).tolerance(0.1).build();
            case "LISSA" ->
                Lissa.builder()
                        .damping(10)
                        .scale(2000)
                        .recursionDepth(20)
                        .repeats(2)
                        .build();
            case "AUTO" -> Lissa.auto().damping(10).maxRecursionDepth(40).build();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static void ask(InfluenceEngine engine, TrainingSet trainingSet, String question) {
        Batch point = trainingSet.batch(7);
        switch (question) {
            case "topK" -> engine.topK(point);
            case "explainAll" ->
                engine.explainAll(IntStream.range(0, 3)
                        .mapToObj(i -> Query.of(trainingSet.batch(i)))
                        .toList());
            case "influences" -> engine.influences(point, 3, 4, 5, 6);
            case "groupInfluence" -> engine.groupInfluence(point, 1, 2, 3);
            case "selfInfluences" -> engine.selfInfluences(Progress.none(), 1, 2, 3);
            default -> throw new IllegalArgumentException(question);
        }
    }

    private static long resident() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
