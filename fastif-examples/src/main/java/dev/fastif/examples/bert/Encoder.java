package dev.fastif.examples.bert;

/** A pretrained BERT encoder as it is published: what is needed to build a classifier on it. Thread-safe. */
public interface Encoder {
    /** What people call it. */
    String name();

    /**
     * Reads the weights, every time anew: a base-size model has 440 MB of them.
     *
     * @return fresh arrays outside of any workspace
     */
    BertWeights weights();

    /**
     * Opens the tokenizer that the weights were trained with.
     *
     * @param maxLength the most tokens of a pair, the three special ones included, from 5 to 512
     * @return to be closed by the caller
     * @throws IllegalArgumentException if {@code maxLength} is out of range
     */
    PairTokenizer tokenizer(int maxLength);
}
