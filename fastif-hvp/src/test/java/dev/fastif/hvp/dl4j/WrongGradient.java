package dev.fastif.hvp.dl4j;

/**
 * Where DL4J's own gradient is not the slope of its own score, measured by central differences in double: a test makes sure that
 * each of these is still wrong, and that no other is.
 */
enum WrongGradient {
    GELU("gelu", "`ActivationGELU`, precise: the gradient is of another approximation than the value"),
    CROSS_ENTROPY("BinaryXENT", "`LossBinaryXENT` behind softmax"),
    NORMALIZATION("LocalResponseNormalization", "everything below `LocalResponseNormalization`"),
    ATTENTION("SelfAttention", "`SelfAttentionLayer`: twice what it should be");

    private final String part;
    private final String words;

    WrongGradient(String part, String words) {
        this.part = part;
        this.words = words;
    }

    /** Whether a sample, which is named after what it has, has this. */
    boolean isIn(String name) {
        return name.contains(part) && (this != CROSS_ENTROPY || name.contains("of SOFTMAX"));
    }

    @Override
    public String toString() {
        return words;
    }
}
