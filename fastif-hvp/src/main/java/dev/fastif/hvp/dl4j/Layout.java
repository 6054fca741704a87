package dev.fastif.hvp.dl4j;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.jspecify.annotations.Nullable;

/**
 * How DL4J lays an array out. A {@link Flow} keeps its numbers in one order for each kind, whatever this is; but what a vertex
 * does to axis 1 depends on it, and a layer that is told another layout than the one before it would misread the array.
 */
enum Layout {
    /** [n, c]. */
    ROWS("rows [n, c]"),
    /** [n t, c]: the steps of a sequence, one under another. */
    STEPS("steps of sequences as rows [n t, c]"),
    /** [n, c, t]. */
    NCW("sequences [n, c, t]"),
    /** [n, t, c]. */
    NWC("sequences [n, t, c]"),
    /** [n, c, h, w]. */
    NCHW("images [n, c, h, w]"),
    /** [n, h, w, c]. */
    NHWC("images [n, h, w, c]"),
    /** Whole numbers [n, 1], or [n]. */
    ID("ids [n, 1]"),
    /** Whole numbers [n, t], or [n, 1, t]. */
    IDS("sequences of ids [n, t]"),
    /** Images, [n, c, h, w] or each in one row. */
    FLAT("images, as rows or [n, c, h, w]"),
    /** [n, c, ...], of which all but the first two axes are pooled: sequences or images. */
    POOLED("sequences or images, channels first"),
    /** What takes this takes everything, and gives it on as it is laid out. */
    ANY("any array"),
    /** What takes this takes everything, and gives it on in another shape. */
    SOME("any array");

    private final String words;

    Layout(String words) {
        this.words = words;
    }

    /** Of sequences; a configuration that does not say it means the channels first. */
    static Layout of(@Nullable RNNFormat format) {
        return format == RNNFormat.NWC ? NWC : NCW;
    }

    /** Of images; a configuration that does not say it means the channels first. */
    static Layout of(@Nullable CNN2DFormat format) {
        return format == CNN2DFormat.NHWC ? NHWC : NCHW;
    }

    /** Whether what takes {@code wanted} can take this. */
    boolean serves(Layout wanted) {
        return this == wanted
                || wanted == ANY
                || wanted == SOME
                || (wanted == ROWS && this == STEPS)
                || (wanted == ID && (this == ROWS || this == STEPS))
                || (wanted == FLAT && (this == ROWS || isImage()))
                || (wanted == POOLED && (isSequence() || isImage()));
    }

    boolean isSequence() {
        return this == NCW || this == NWC || this == POOLED;
    }

    boolean isImage() {
        return this == NCHW || this == NHWC;
    }

    /** Whether it has steps, of which some may be masked. */
    boolean hasSteps() {
        return isSequence() || this == STEPS || this == IDS;
    }

    /** Whether axis 1 of DL4J's array is that of the channels. */
    boolean isChannelsFirst() {
        return this != NWC && this != NHWC;
    }

    /** Whether an array of the batch may have so many axes. */
    boolean hasRank(int rank) {
        return switch (this) {
            case ROWS, STEPS -> rank == 2;
            case NCW, NWC -> rank == 3;
            case NCHW, NHWC -> rank == 4;
            case ID -> rank == 1 || rank == 2;
            case IDS -> rank == 2 || rank == 3;
            case FLAT -> rank == 2 || rank == 4;
            case POOLED -> rank == 3 || rank == 4;
            case ANY, SOME -> true;
        };
    }

    @Override
    public String toString() {
        return words;
    }
}
