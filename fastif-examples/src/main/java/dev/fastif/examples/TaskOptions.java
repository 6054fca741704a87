package dev.fastif.examples;

import dev.fastif.examples.bert.PairTokenizer;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliTask;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command that needs a trained classifier can be told. */
final class TaskOptions {
    private static final int GENERATED_TRAINING = 2400;
    private static final int GENERATED_EVALUATION = 600;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:FASTIF_DATA}",
            description = "Folder of the real data, with MultiNLI as mnli/ (GLUE's tsv, or the original jsonl or txt)."
                    + " Default: the environment variable FASTIF_DATA; without it, generated pairs.")
    private @Nullable Path data;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            defaultValue = "fastif-work",
            description = "Folder that trained models and cached activations are kept in (default: ${DEFAULT-VALUE}).")
    private Path work = Path.of("fastif-work");

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Passes of the fine-tuning over the training pairs (default: ${DEFAULT-VALUE}).")
    private int epochs = 3;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            defaultValue = "3e-4",
            description = "Highest learning rate of the fine-tuning (default: ${DEFAULT-VALUE}).")
    private double learningRate = 3e-4;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of all randomness (default: ${DEFAULT-VALUE}).")
    private long seed;

    long seed() {
        return seed;
    }

    NliData readData() {
        return data == null ? NliData.generated(GENERATED_TRAINING, GENERATED_EVALUATION, seed) : NliData.mnli(data);
    }

    /** Opens the task and fine-tunes its model, or finds both in the work folder. */
    NliTask open(NliData pairs, ConsoleProgress progress) {
        NliTask task =
                NliTask.open(pairs, work, new NliTask.Settings(PairTokenizer.DEFAULT_MAX_LENGTH, seed), progress);
        try {
            task.fineTune(
                    new FineTuning(epochs, 32, learningRate, 50, seed),
                    (done, total) -> progress.update("Fine-tuning", done, total));
            return task;
        } catch (RuntimeException e) {
            task.close();
            throw e;
        }
    }
}
