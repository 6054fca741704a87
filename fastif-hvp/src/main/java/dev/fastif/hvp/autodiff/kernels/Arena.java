package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.hvp.internal.AlignedVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays that kernels compute into during a pass. To make an array of ND4J takes longer than to compute a small one, and
 * kilobytes of Java's heap. But passes over batches of equal shapes make arrays of equal shapes in the same order, so each
 * pass is given those of an earlier one: arrays are kept in a tree, where a way from the root is an order in which some pass
 * asked for them. Their memory is one stack, which all ways share. For one pass at a time.
 */
final class Arena implements AutoCloseable {
    /** So many arrays are kept, a kilobyte each; then the tree grows anew. */
    private static final int MOST_ARRAYS = 1 << 16;

    /** Elements of the stack's first segment. */
    private static final long FIRST_SEGMENT = 1 << 20;

    /** Elements of a line of the cache. */
    private static final int LINE = 16;

    private final List<AlignedVector> segments = new ArrayList<>();
    private Place root = Place.root();
    private Place top = root;
    private int arrays;

    /** Begins a pass: the arrays of the one before may hold anything. */
    void begin() {
        if (arrays > MOST_ARRAYS) {
            root = Place.root();
            arrays = 0;
        }
        top = root;
    }

    /** Whether an address is of this memory. */
    boolean contains(long address) {
        return segments.stream().anyMatch(segment -> {
            long start = Session.address(segment.vector());
            return address >= start
                    && address < Scratch.at(start, segment.vector().length());
        });
    }

    /** Overwrites all arrays with what is no number. */
    void spoil() {
        segments.forEach(segment -> segment.vector().assign(Float.NaN));
    }

    /** Frees the memory. */
    @Override
    public void close() {
        segments.forEach(AlignedVector::close);
        segments.clear();
        root = Place.root();
        top = root;
        arrays = 0;
    }

    /** An array of single precision in C order, with anything in it. */
    INDArray array(long... shape) {
        for (Place place : top.next) {
            if (place.whole == null && Arrays.equals(place.array().shape(), shape)) {
                top = place;
                return place.array();
            }
        }
        long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        int segment = top.segment;
        long start = (top.end + LINE - 1) / LINE * LINE;
        while (segment == segments.size()
                || start + length > segments.get(segment).vector().length()) {
            if (segment == segments.size()) {
                extend(length);
            } else {
                segment++;
                start = 0;
            }
        }
        return add(new Place(view(segments.get(segment).vector(), start, shape), null, 0, segment, start + length));
    }

    /**
     * A part of an array that {@link #array} gave, as an array of its own.
     *
     * @param start the part's first element
     */
    INDArray part(INDArray whole, long start, long... shape) {
        for (Place place : top.next) {
            if (place.whole == whole
                    && place.start == start
                    && Arrays.equals(place.array().shape(), shape)) {
                top = place;
                return place.array();
            }
        }
        return add(new Place(view(whole, start, shape), whole, start, top.segment, top.end));
    }

    private INDArray add(Place place) {
        top.next.add(place);
        top = place;
        arrays++;
        return place.array();
    }

    /** Adds a segment, at least as large as a quarter of all others together and as the array that it is for. */
    private void extend(long length) {
        long present = segments.stream()
                .mapToLong(segment -> segment.vector().length())
                .sum();
        long size = Math.max(length, Math.max(FIRST_SEGMENT, present / 4));
        segments.add(AlignedVector.of(DataType.FLOAT, size));
    }

    private static INDArray view(INDArray whole, long start, long... shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return Nd4j.create(whole.data(), shape.clone(), strides, whole.offset() + start, 'c');
    }

    /** An array, and those that passes asked for next. */
    private static final class Place {
        private final @Nullable INDArray array;
        private final @Nullable INDArray whole;
        private final long start;
        private final int segment;
        private final long end;
        private final List<Place> next = new ArrayList<>(1);

        /**
         * @param whole what the array is a part of, or null if it lies on the stack
         * @param start the part's first element
         * @param segment where the stack has come to
         * @param end the first free element there
         */
        Place(@Nullable INDArray array, @Nullable INDArray whole, long start, int segment, long end) {
            this.array = array;
            this.whole = whole;
            this.start = start;
            this.segment = segment;
            this.end = end;
        }

        static Place root() {
            return new Place(null, null, 0, 0, 0);
        }

        INDArray array() {
            if (array == null) {
                throw new IllegalStateException("the root has no array");
            }
            return array;
        }
    }
}
