package dev.fastif.examples.digits;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
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
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Asks the same question again and again, in a JVM of its own, and prints the memory outside of Java's heap. */
final class RepeatedQuestions {
    private RepeatedQuestions() {}

    public static void main(String[] args) throws Exception {
        DigitNet net = DigitNet.valueOf(args[0]);
        String kind = args[1];
        int threads = Integer.parseInt(args[2]);
        int rounds = Integer.parseInt(args[3]);
        InverseHvp solver = args[4].equals("CG")
                ? ConjugateGradient.builder().damping(0.01).examples(300).tolerance(0.1).build()
                : Lissa.builder().damping(0.01).scale(20).recursionDepth(50).build();
        DataSet data = net.data(Digits.training(600), DataType.FLOAT);
        Dl4jModel model = net.trained(data, 0);
        TrainingSet trainingSet = TrainingSet.of(data);
        System.gc();
        try (InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(solver)
                .candidates(500)
                .devices(DeviceGroup.cpu(2))
                .build()) {
            for (int round = 0; round < rounds; round++) {
                List<Thread> callers = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    Thread caller = new Thread(() -> ask(engine, trainingSet, kind));
                    callers.add(caller);
                    caller.start();
                }
                for (Thread caller : callers) {
                    caller.join();
                }
                System.out.println(resident() / 1024 + " kB resident, " + Pointer.totalBytes() / 1024 + " kB of JavaCPP");
            }
        }
    }

    private static void ask(InfluenceEngine engine, TrainingSet trainingSet, String kind) {
        Batch point = trainingSet.batch(7);
        switch (kind) {
            case "topK" -> engine.topK(point);
            case "all" -> engine.explainAll(IntStream.range(0, 4)
                    .mapToObj(i -> Query.of(trainingSet.batch(i)))
                    .toList());
            case "influences" -> engine.influences(point, IntStream.range(0, 400).toArray());
            case "group" -> engine.groupInfluence(point, 1, 2, 3);
            case "self" -> engine.selfInfluences(Progress.none(), IntStream.range(0, 32).toArray());
            default -> throw new IllegalArgumentException(kind);
        }
    }

    private static long resident() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .sum();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
