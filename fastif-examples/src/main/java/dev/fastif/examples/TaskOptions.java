package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.bert.PairTokenizer;
import dev.fastif.examples.nli.DataFolder;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.examples.nli.HansData;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.TextData;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command that needs a trained classifier can be told. */
final class TaskOptions {
    private static final String GENERATED = "generated";
    private static final int GENERATED_PAIRS = 2400;
    private static final int MOST_GENERATED_EVALUATION = 2500;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:FASTIF_DATA}",
            description =
                    "Folder of the real data, with MultiNLI as mnli/ (GLUE's tsv, or the original jsonl or txt); 'fastif"
                            + " data' says what else."
                            + " Default: the environment variable FASTIF_DATA; without it, or if DIR is the word generated, pairs"
                            + " are generated, a quarter as many to evaluate on as to train on, at most 2500.")
    private @Nullable String data;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            defaultValue = "fastif-work",
            description = "Folder that trained models and cached activations are kept in (default: ${DEFAULT-VALUE}).")
    private Path work = Path.of("fastif-work");

    @Mixin
    private final EncoderOptions encoder = new EncoderOptions();

    @Option(
            names = "--training",
            paramLabel = "N",
            description = "Use only the first N training pairs, or generate N (default: all, or 2400 generated ones).")
    private @Nullable Integer training;

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

    Path work() {
        return work;
    }

    /** The folder of real data; empty if pairs are generated. */
    Optional<DataFolder> folder() {
        return data == null || data.equals(GENERATED) ? Optional.empty() : Optional.of(new DataFolder(Path.of(data)));
    }

    NliData readData() {
        return readData(all -> all);
    }

    /**
     * Reads the data.
     *
     * @param defaultTraining how many training pairs of so many to use if no number is given
     */
    NliData readData(IntUnaryOperator defaultTraining) {
        Check.argument(training == null || training >= 1, "--training is %s: it must be at least 1", training);
        Optional<DataFolder> folder = folder();
        if (folder.isEmpty()) {
            int pairs = training == null ? defaultTraining.applyAsInt(GENERATED_PAIRS) : training;
            int held = Math.min(MOST_GENERATED_EVALUATION, Math.max(1, pairs / 4));
            return NliData.generated(pairs, held, seed);
        }
        NliData all = NliData.mnli(folder.get().root());
        return new NliData(all.description(), firstOf(all.training(), defaultTraining), all.evaluation());
    }

    /** HANS, or generated pairs in its subcases. */
    HansData readHans() {
        return folder().map(folder -> HansData.of(folder, seed))
                .orElseGet(() -> HansData.generated(GENERATED_PAIRS / 4, seed));
    }

    /** As many of the first as were asked for. */
    <T> List<T> firstOf(List<T> all, IntUnaryOperator defaultTraining) {
        int size = training == null ? defaultTraining.applyAsInt(all.size()) : training;
        return all.subList(0, Math.min(size, all.size()));
    }

    EncoderOptions.Name encoder() {
        return encoder.name();
    }

    FineTuning fineTuning() {
        return new FineTuning(epochs, 32, learningRate, 50, seed);
    }

    /** Opens the task and fine-tunes its model, or finds both in the work folder. */
    NliTask open(NliData pairs, ConsoleProgress progress) {
        return open(pairs.texts(LabelScheme.THREE_WAY), progress);
    }

    /** Opens the task and fine-tunes its model, or finds both in the work folder. */
    NliTask open(TextData texts, ConsoleProgress progress) {
        NliTask.Settings settings =
                new NliTask.Settings(encoder.open(work, progress, System.err), PairTokenizer.DEFAULT_MAX_LENGTH, seed);
        NliTask task = NliTask.open(texts, work, settings, progress);
        try {
            task.fineTune(fineTuning(), (done, total) -> progress.update("Fine-tuning", done, total));
            return task;
        } catch (RuntimeException e) {
            task.close();
            throw e;
        }
    }
}
