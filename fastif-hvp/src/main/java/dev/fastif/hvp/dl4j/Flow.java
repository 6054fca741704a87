package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import org.jspecify.annotations.Nullable;

/**
 * What flows from layer to layer.
 *
 * @param node the value, laid out as its kind says
 * @param mask [n, t, 1] of a masked sequence, or null
 */
record Flow(Node node, Kind kind, @Nullable Node mask) {
    enum Kind {
        /** An array of the batch as the user gave it: the first layer knows what it is. */
        GIVEN,
        /** [n, c]. */
        ROWS,
        /** [n, t, c], whatever the layer's own format. */
        SEQUENCE,
        /** [n, c, h, w], whatever the layer's own format. */
        IMAGE
    }

    static Flow rows(Node node) {
        return new Flow(node, Kind.ROWS, null);
    }

    static Flow image(Node node) {
        return new Flow(node, Kind.IMAGE, null);
    }

    /** The same kind and mask. */
    Flow with(Node value) {
        return new Flow(value, kind, mask);
    }
}
