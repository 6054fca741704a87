package dev.fastif.examples.nli;

import java.util.List;

/**
 * A product review of Amazon-WILDS. Immutable and thread-safe.
 *
 * @param id reviewer, product and time, which no two reviews share
 * @param text the review, which the stars are to be told from
 * @param stars 1 to 5
 * @param category of the product
 * @param split which part of the data set the review belongs to
 */
public record Review(String id, String text, int stars, String category, Split split) {
    /** What the classes of {@link #example} are called. */
    public static final List<String> LABELS = List.of("1 star", "2 stars", "3 stars", "4 stars", "5 stars");

    /** The review as an example of a classifier that tells the stars; its group is its category. */
    public TextExample example() {
        return new TextExample(id, text, "", stars - 1, category);
    }

    /** The parts of Amazon-WILDS. Reviewers of the OOD parts have no review in the others. */
    public enum Split {
        /** To train on. */
        TRAIN(0),
        /** Reviewers unseen in training, to choose settings by. */
        OOD_VALIDATION(1),
        /** Reviewers seen in training, to choose settings by. */
        ID_VALIDATION(2),
        /** Reviewers unseen in training, to test on. */
        OOD_TEST(3),
        /** Reviewers seen in training, to test on. */
        ID_TEST(4);

        /** Stands for no part in the {@code split} column. */
        static final int NONE = -1;

        /** The highest number in the {@code split} column. */
        static final int MOST = 4;

        private final int number;

        Split(int number) {
            this.number = number;
        }

        /** The part with a number of the {@code split} column. */
        static Split of(int number) {
            for (Split split : values()) {
                if (split.number == number) {
                    return split;
                }
            }
            throw new IllegalArgumentException("split is " + number + ": it must be from 0 to " + MOST);
        }
    }
}
