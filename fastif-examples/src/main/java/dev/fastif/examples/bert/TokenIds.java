package dev.fastif.examples.bert;

import java.util.Arrays;

/**
 * A tokenised sentence pair: {@code [CLS] premise [SEP] hypothesis [SEP]}, without padding. Immutable and thread-safe:
 * arrays are copied on the way in and out. Equal are those with equal ids and segments.
 *
 * @param ids the vocabulary id of each token, {@code [tokens]}, not negative
 * @param segments 0 for the tokens up to the first {@code [SEP]}, 1 for the others, {@code [tokens]}
 */
@SuppressWarnings("ArrayRecordComponent") // copied, and compared by content, below
public record TokenIds(int[] ids, int[] segments) {

    /**
     * Copies and checks the arrays.
     *
     * @throws IllegalArgumentException if the lengths differ, an id is negative, or a segment is neither 0 nor 1
     */
    public TokenIds {
        if (ids.length != segments.length) {
            throw new IllegalArgumentException("ids and segments must have one length but have " + ids.length + " and "
                    + segments.length + "; give every token its segment");
        }
        ids = ids.clone();
        segments = segments.clone();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                throw new IllegalArgumentException("ids[" + i + "] must not be negative but is " + ids[i]);
            }
            if (segments[i] < 0 || segments[i] >= BertConfig.SEGMENTS) {
                throw new IllegalArgumentException("segments[" + i + "] must be 0 or 1 but is " + segments[i]);
            }
        }
    }

    /**
     * {@return a fresh copy of the ids, {@code [tokens]}}
     */
    @Override
    public int[] ids() {
        return ids.clone();
    }

    /**
     * {@return a fresh copy of the segments, {@code [tokens]}}
     */
    @Override
    public int[] segments() {
        return segments.clone();
    }

    /**
     * {@return how many tokens there are, the special ones included}
     */
    public int length() {
        return ids.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenIds that && Arrays.equals(ids, that.ids) && Arrays.equals(segments, that.segments);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + Arrays.hashCode(segments);
    }

    @Override
    public String toString() {
        return "TokenIds[ids=" + Arrays.toString(ids) + ", segments=" + Arrays.toString(segments) + "]";
    }
}
