package dev.fastif.examples.bert;

/**
 * The sizes of a BERT encoder. Immutable.
 *
 * @param layers how many transformer layers, at least 1
 * @param hidden the width of a token state, a multiple of {@code heads}
 * @param heads how many attention heads, at least 1
 * @param intermediate the width of the feed-forward layer, at least 1
 * @param vocabulary how many token ids, at least 1
 * @param positions the longest sequence, at least 1
 * @param normEpsilon what layer normalisation adds to the variance, above 0; see {@link #NORM_EPSILON}
 */
public record BertConfig(
        int layers, int hidden, int heads, int intermediate, int vocabulary, int positions, double normEpsilon) {

    /** The epsilon of every published BERT: 1e-12. */
    public static final double NORM_EPSILON = 1e-12;

    /** How many segments a BERT tells apart: the first sentence is 0, the second 1. */
    public static final int SEGMENTS = 2;

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if a size is out of its range
     */
    public BertConfig {
        requirePositive("layers", layers);
        requirePositive("hidden", hidden);
        requirePositive("heads", heads);
        requirePositive("intermediate", intermediate);
        requirePositive("vocabulary", vocabulary);
        requirePositive("positions", positions);
        if (hidden % heads != 0) {
            throw new IllegalArgumentException("hidden must be a multiple of heads = " + heads + " but is " + hidden);
        }
        if (!(normEpsilon > 0 && normEpsilon < 1)) {
            throw new IllegalArgumentException(
                    "normEpsilon must be above 0 and below 1 but is " + normEpsilon + "; published models use 1e-12");
        }
    }

    /**
     * {@return the width of one attention head, {@code hidden / heads}}
     */
    public int headSize() {
        return hidden / heads;
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1 but is " + value);
        }
    }
}
