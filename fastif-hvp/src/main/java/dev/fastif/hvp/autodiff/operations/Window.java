package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.List;
import java.util.Locale;

/**
 * The window of a convolution or pooling over images [n, c, height, width]: its size, how far it moves, the spacing of its
 * elements, and the zeros around the image. (A sequence is an image of width 1.) Immutable.
 */
public final class Window {
    private static final String BOUND = "%s is %d by %d: a window needs at least %d";

    private final List<Integer> size;
    private final List<Integer> stride;
    private final List<Integer> dilation;
    private final List<Integer> before;
    private final List<Integer> after;
    private final boolean same;

    private Window(
            List<Integer> size,
            List<Integer> stride,
            List<Integer> dilation,
            List<Integer> before,
            List<Integer> after,
            boolean same) {
        this.size = size;
        this.stride = stride;
        this.dilation = dilation;
        this.before = before;
        this.after = after;
        this.same = same;
    }

    /** A window that moves by 1, with neither dilation nor padding. */
    public static Window of(int height, int width) {
        List<Integer> one = List.of(1, 1);
        List<Integer> none = List.of(0, 0);
        return new Window(pair("size", height, width, 1), one, one, none, none, false);
    }

    /** Moves by so much from one position to the next. */
    public Window stride(int height, int width) {
        return new Window(size, pair("stride", height, width, 1), dilation, before, after, same);
    }

    /** Takes every {@code height}-th row and {@code width}-th column. */
    public Window dilation(int height, int width) {
        return new Window(size, stride, pair("dilation", height, width, 1), before, after, same);
    }

    /** Zeros above and to the left of the image. */
    public Window paddingBefore(int height, int width) {
        return new Window(size, stride, dilation, pair("padding", height, width, 0), after, false);
    }

    /** Zeros below and to the right of the image. */
    public Window paddingAfter(int height, int width) {
        return new Window(size, stride, dilation, before, pair("padding", height, width, 0), false);
    }

    /** As many zeros as make the result as large as the image divided by the stride; the odd one comes after. */
    public Window same() {
        return new Window(size, stride, dilation, List.of(0, 0), List.of(0, 0), true);
    }

    private static List<Integer> pair(String name, int height, int width, int least) {
        Check.argument(height >= least && width >= least, BOUND, name, height, width, least);
        return List.of(height, width);
    }

    int size(int axis) {
        return size.get(axis);
    }

    /** How many positions there are along an axis of the image. */
    long positions(int axis, long length) {
        if (same) {
            return (length + stride.get(axis) - 1) / stride.get(axis);
        }
        long room = length + before.get(axis) + after.get(axis) - extent(axis);
        Check.argument(
                room >= 0,
                "an image of %d pixels along axis %d is smaller than the window of %d: does the batch fit the model?",
                length,
                axis,
                extent(axis));
        return room / stride.get(axis) + 1;
    }

    /** Where element {@code element} of the window at {@code position} lies in the image; outside it, -1. */
    int pixel(int axis, int position, int element, long length) {
        long padding = before.get(axis);
        if (same) {
            long missing = (positions(axis, length) - 1) * stride.get(axis) + extent(axis) - length;
            padding = Math.max(0, missing) / 2;
        }
        long at = (long) position * stride.get(axis) + (long) element * dilation.get(axis) - padding;
        return at < 0 || at >= length ? -1 : (int) at;
    }

    private int extent(int axis) {
        return (size.get(axis) - 1) * dilation.get(axis) + 1;
    }

    @Override
    public String toString() {
        String padding = same ? "same" : before + " before, " + after + " after";
        return String.format(
                Locale.ROOT, "window %s, stride %s, dilation %s, padding %s", size, stride, dilation, padding);
    }
}
