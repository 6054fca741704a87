package dev.fastif.examples.fetch;

import java.net.URI;
import java.util.List;
import java.util.Map;

/** Where the data sets are published: the one table of addresses, with what is taken from each. Immutable. */
public enum Archive {
    /** MultiNLI 1.0. */
    MNLI(new Download(
            URI.create("https://cims.nyu.edu/~sbowman/multinli/multinli_1.0.zip"),
            226_850_426,
            "049f507b9e36b1fcb756cfd5aeb3b7a0cfcb84bf023793652987f7e7e0957822",
            Map.of(
                    "multinli_1.0/multinli_1.0_train.jsonl", "mnli/multinli_1.0_train.jsonl",
                    "multinli_1.0/multinli_1.0_dev_matched.jsonl", "mnli/multinli_1.0_dev_matched.jsonl"))),
    /** SNLI 1.0. */
    SNLI(new Download(
            URI.create("https://nlp.stanford.edu/projects/snli/snli_1.0.zip"),
            94_550_081,
            "afb3d70a5af5d8de0d9d81e2637e0fb8c22d1235c2749d83125ca43dab0dbd3e",
            Map.of(
                    "snli_1.0/snli_1.0_train.jsonl", "snli/snli_1.0_train.jsonl",
                    "snli_1.0/snli_1.0_dev.jsonl", "snli/snli_1.0_dev.jsonl",
                    "snli_1.0/snli_1.0_test.jsonl", "snli/snli_1.0_test.jsonl"))),
    /** ANLI 1.0, its three rounds. */
    ANLI(new Download(
            URI.create("https://dl.fbaipublicfiles.com/anli/anli_v1.0.zip"),
            18_708_061,
            "e5c058f2bb4e6190b0651badca2c590e45db95248f8b28cde674615ee40820bf",
            Map.of(
                    "anli_v1.0/R1/train.jsonl", "anli/R1/train.jsonl",
                    "anli_v1.0/R1/dev.jsonl", "anli/R1/dev.jsonl",
                    "anli_v1.0/R2/train.jsonl", "anli/R2/train.jsonl",
                    "anli_v1.0/R2/dev.jsonl", "anli/R2/dev.jsonl",
                    "anli_v1.0/R3/train.jsonl", "anli/R3/train.jsonl",
                    "anli_v1.0/R3/dev.jsonl", "anli/R3/dev.jsonl"))),
    /** HANS, both sets. */
    HANS(
            new Download(
                    URI.create("https://raw.githubusercontent.com/tommccoy1/hans/master/heuristics_train_set.txt"),
                    15_485_296,
                    "49245bd5fdb0b185dcbfbf48f0f16513c62ad5bc9fad0b8800dc48d6818ee5cf",
                    Map.of("", "hans/heuristics_train_set.txt")),
            new Download(
                    URI.create("https://raw.githubusercontent.com/tommccoy1/hans/master/heuristics_evaluation_set.txt"),
                    15_462_062,
                    "c55b62feef9913070e88f38938dc2492018c945ac81f70139346472494124e79",
                    Map.of("", "hans/heuristics_evaluation_set.txt")));

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Download> downloads;

    Archive(Download... downloads) {
        this.downloads = List.of(downloads);
    }

    /** What has to be fetched, in turn. */
    public List<Download> downloads() {
        return downloads;
    }

    /** The size of the whole, in bytes. */
    public long bytes() {
        return downloads.stream().mapToLong(Download::bytes).sum();
    }
}
