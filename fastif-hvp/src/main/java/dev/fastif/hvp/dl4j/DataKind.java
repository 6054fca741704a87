package dev.fastif.hvp.dl4j;

/** What a rule of a user's own takes or gives: how the numbers lie in its graph, and how DL4J lays them out. */
public enum DataKind {
    /** Rows [n, c], in DL4J too. */
    ROWS(Layout.ROWS, 2),

    /** Sequences [n, t, c], in DL4J [n, c, t]. */
    SEQUENCES(Layout.NCW, 3),

    /** Images [n, c, h, w], in DL4J too. */
    IMAGES(Layout.NCHW, 4);

    private final Layout layout;
    private final int rank;

    DataKind(Layout layout, int rank) {
        this.layout = layout;
        this.rank = rank;
    }

    Layout layout() {
        return layout;
    }

    int rank() {
        return rank;
    }
}
