package dev.fastif.examples.nli;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pairs to train on and pairs to evaluate on. Immutable and thread-safe.
 *
 * @param description where the pairs come from, for people to read
 * @param training the pairs to train on
 * @param evaluation the pairs to evaluate on; disjoint from the training pairs
 */
public record NliData(String description, List<NliPair> training, List<NliPair> evaluation) {
    static final List<String> TRAINING = List.of("train.tsv", "multinli_1.0_train.jsonl", "multinli_1.0_train.txt");
    static final List<String> EVALUATION =
            List.of("dev_matched.tsv", "multinli_1.0_dev_matched.jsonl", "multinli_1.0_dev_matched.txt");

    /** Copies the lists. */
    public NliData {
        training = List.copyOf(training);
        evaluation = List.copyOf(evaluation);
    }

    /**
     * MultiNLI, with the matched pairs to evaluate on. The files are GLUE's ({@code train.tsv}, {@code dev_matched.tsv}) or
     * those of the original release ({@code multinli_1.0_train} and {@code multinli_1.0_dev_matched}, {@code .jsonl} or
     * {@code .txt}).
     *
     * @param dir the folder with the files, or one with such a folder named {@code mnli} in it
     * @throws UncheckedIOException if the files are not there or cannot be read
     * @throws NliFormatException if a file is malformed
     */
    public static NliData mnli(Path dir) {
        Path nested = dir.resolve("mnli");
        Path folder = Files.isDirectory(nested) ? nested : dir;
        Path training = firstOf(folder, TRAINING);
        Path evaluation = firstOf(folder, EVALUATION);
        return new NliData(
                "MultiNLI, matched, from " + folder,
                PairReader.read(NliFormat.MNLI, training),
                PairReader.read(NliFormat.MNLI, evaluation));
    }

    /**
     * Pairs of our own (see {@link PairGenerator}), no two of them alike as long as there are not many thousands.
     *
     * @param training how many to train on
     * @param evaluation how many to evaluate on
     * @param seed the same seed gives the same pairs
     * @throws IllegalArgumentException if a number is negative
     */
    public static NliData generated(int training, int evaluation, long seed) {
        PairDraws draws = new PairDraws(PairBooks.all(), seed);
        return new NliData(
                "generated pairs, seed " + seed,
                draws.mixture(training, "training-"),
                draws.mixture(evaluation, "evaluation-"));
    }

    /** The pairs as examples of a classifier with these labels. */
    public TextData texts(LabelScheme labels) {
        return new TextData(description, labels.names(), labels.examples(training), labels.examples(evaluation));
    }

    private static Path firstOf(Path folder, List<String> names) {
        List<Path> tried = new ArrayList<>();
        for (String name : names) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
            tried.add(file);
        }
        throw new UncheckedIOException(
                "Looked for " + tried + " and found none. Name the folder that holds MultiNLI, or one with it as mnli/,"
                        + " or use generated pairs",
                new NoSuchFileException(folder.toString()));
    }
}
