package dev.fastif.examples.nli;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of data sets, each in a folder of its own under the names that its publisher gives its files. Immutable.
 *
 * @param root with {@code mnli/}, {@code hans/}, {@code anli/R1/} to {@code R3/}, {@code snli/} and {@code amazon/} in it,
 *     or some of them
 */
public record DataFolder(Path root) {
    private static final List<String> ROUNDS = List.of("R1", "R2", "R3");

    /**
     * A file that was looked for and found.
     *
     * @param name the path relative to the root, which is how people speak of it
     */
    public record PairFile(String name, NliFormat format, Path file) {}

    /** All files of pairs that are there. */
    public List<PairFile> pairFiles() {
        List<PairFile> found = new ArrayList<>();
        find(found, NliFormat.MNLI, NliData.TRAINING.stream().map("mnli/"::concat));
        find(found, NliFormat.MNLI, NliData.EVALUATION.stream().map("mnli/"::concat));
        find(found, NliFormat.HANS, Stream.of("hans/heuristics_train_set.txt", "hans/heuristics_evaluation_set.txt"));
        for (String round : ROUNDS) {
            find(found, NliFormat.ANLI, Stream.of("train", "dev").map(part -> "anli/" + round + "/" + part + ".jsonl"));
        }
        find(found, NliFormat.SNLI, Stream.of("train", "dev", "test").map(part -> "snli/snli_1.0_" + part + ".jsonl"));
        find(found, NliFormat.SNLI, Stream.of("train", "dev", "test").map(part -> "snli/" + part + ".jsonl"));
        return List.copyOf(found);
    }

    private void find(List<PairFile> found, NliFormat format, Stream<String> names) {
        names.filter(name -> Files.isRegularFile(root.resolve(name)))
                .forEach(name -> found.add(new PairFile(name, format, root.resolve(name))));
    }

    /** Whether Amazon-WILDS is there. */
    public boolean hasReviews() {
        return Files.isRegularFile(reviewsFolder().resolve("reviews.csv"));
    }

    /** The folder of Amazon-WILDS, whether it is there or not. */
    public Path reviewsFolder() {
        return root.resolve("amazon");
    }

    /** The pairs to train on of HANS. */
    public List<NliPair> hansTraining() {
        return PairReader.read(NliFormat.HANS, root.resolve("hans/heuristics_train_set.txt"));
    }

    /** The pairs to evaluate on of HANS. */
    public List<NliPair> hansEvaluation() {
        return PairReader.read(NliFormat.HANS, root.resolve("hans/heuristics_evaluation_set.txt"));
    }

    /**
     * The pairs of ANLI of all rounds that are there.
     *
     * @param part {@code train} or {@code dev}
     * @throws UncheckedIOException if there is no file of this part
     */
    public List<NliPair> anli(String part) {
        List<NliPair> pairs = pairFiles().stream()
                .filter(found ->
                        found.format() == NliFormat.ANLI && found.name().endsWith(part + ".jsonl"))
                .flatMap(found -> PairReader.read(NliFormat.ANLI, found.file()).stream())
                .toList();
        if (pairs.isEmpty()) {
            throw new UncheckedIOException(
                    "There is no R1/" + part + ".jsonl, nor of another round, in " + root.resolve("anli")
                            + "; 'fastif data' says how to get it",
                    new NoSuchFileException(root.resolve("anli").toString()));
        }
        return pairs;
    }

    /** Whether ANLI has a file of this part. */
    public boolean hasAnli(String part) {
        return ROUNDS.stream()
                .anyMatch(round -> Files.isRegularFile(root.resolve("anli/" + round + "/" + part + ".jsonl")));
    }
}
