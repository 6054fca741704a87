package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What flows from layer to layer.
 *
 * @param node the value: rows [n, c], of sequences [n, t, c], of images [n, c, h, w], whatever DL4J's layout
 * @param layout DL4J's own
 * @param mask of a sequence, or null if no step of it can be masked
 */
record Flow(Node node, Layout layout, @Nullable Mask mask) {
    static Flow rows(Node node) {
        return new Flow(node, Layout.ROWS, null);
    }

    /** Another value of the same layout and mask. */
    Flow with(Node value) {
        return new Flow(value, layout, mask);
    }

    /** The same in another layout of DL4J's. */
    Flow as(Layout other) {
        return new Flow(node, other, mask);
    }

    /** The same with another mask. */
    Flow withMask(@Nullable Mask other) {
        return new Flow(node, layout, other);
    }

    /** Itself, which a layer or vertex takes as {@code wanted}. */
    Flow taken(Layout wanted, Object part) {
        if (!layout.serves(wanted)) {
            throw mismatch(part, wanted, layout);
        }
        return this;
    }

    static Unsupported mismatch(Object part, Layout wanted, Layout given) {
        return new Unsupported(String.format(
                Locale.ROOT, "%s, which takes %s, on %s", part.getClass().getSimpleName(), wanted, given));
    }

    /** The axis of the channels in {@link #node}. */
    int channelAxis() {
        return layout.isImage() ? 1 : -1;
    }
}
