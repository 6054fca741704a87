package dev.fastif.examples.report;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.store.ArrayFile;
import dev.fastif.hvp.autodiff.FrozenPart;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.frozen.FrozenActivations;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Writes one file of each kind that is kept, in a process that may not write much; prints what happens to each. */
final class FullDisk {
    private static final int EXAMPLES = 2_000;
    private static final int WIDTH = 64;

    private FullDisk() {}

    /** Writes files, much larger than the first time where {@code large}. */
    static Map<String, Runnable> kinds(Path folder, boolean large) {
        Map<String, Runnable> kinds = new LinkedHashMap<>();
        kinds.put("array", () -> array(folder).write(Nd4j.ones(DataType.FLOAT, large ? 100_000 : 10)));
        kinds.put("page", () -> new Page(large ? "x".repeat(400_000) : "small").write(folder.resolve("page.html")));
        kinds.put("results", () -> results(folder, large));
        kinds.put("activations", () -> activations(folder, large).close());
        return kinds;
    }

    static ArrayFile array(Path folder) {
        return new ArrayFile(folder.resolve("kept.array"), "Delete it.");
    }

    static void results(Path folder, boolean large) {
        try (Results results = Results.open(folder.resolve("results.jsonl"), Map.of("seed", 1))) {
            results.of("small", String.class, () -> "small");
            if (large) {
                results.of("large", String.class, () -> "y".repeat(400_000));
            }
        }
    }

    /** Of the frozen layer of a small model, in a file of 512 kB if {@code large}. */
    static FrozenActivations activations(Path folder, boolean large) {
        Graph.Builder graph = Graph.builder(DataType.FLOAT);
        Node frozen =
                Layers.linear(graph.input(Batch.FEATURES), graph.frozen("frozen", Nd4j.ones(DataType.FLOAT, 3, WIDTH)));
        Node output = Layers.linear(frozen, graph.trainable("trained", Nd4j.ones(DataType.FLOAT, WIDTH, 2)));
        GraphModel model = GraphModel.builder(graph.build(), output, Loss.softmaxCrossEntropy())
                .build();
        int size = large ? EXAMPLES : 10;
        INDArray labels = Nd4j.zeros(DataType.INT32, size);
        FrozenPart part = model.frozenPart();
        return FrozenActivations.open(
                folder.resolve(large ? "many" : "few"),
                part,
                TrainingSet.of(Batch.of(Nd4j.ones(DataType.FLOAT, size, 3), labels)),
                Progress.none());
    }

    /** Takes the folder. */
    public static void main(String... arguments) {
        kinds(Path.of(arguments[0]), true).forEach((kind, write) -> {
            try {
                write.run();
                System.out.println(kind + " was written");
            } catch (RuntimeException e) {
                System.out.println(kind + ": " + e.getClass().getName() + ": " + e.getMessage());
            }
        });
        System.out.println("done");
    }
}
