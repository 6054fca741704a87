package dev.fastif.core;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Named arrays whose first dimension is the same number n of examples: what a model is evaluated on. They may be of any type of
 * numbers, booleans included, and lie in any order; a model takes them as numbers of its own type.
 *
 * <p>Immutable as a collection; the arrays themselves are shared with the caller and never modified by fastif.
 * Thread-safe as long as nobody modifies the arrays.
 */
public final class Batch {
    /** The usual name of the array [n, ...] of a model with a single input. */
    public static final String FEATURES = "features";

    /** The usual name of the labels: class indices [n], or one row per example [n, c]. */
    public static final String LABELS = "labels";

    /** The usual name of the mask [n, t] of padded sequences: 1 for real steps and 0 for padding. */
    public static final String FEATURES_MASK = "featuresMask";

    /** The usual name of the mask of the labels, [n, 1], [n, c] or, for sequences, [n, t]: 0 where there is no label. */
    public static final String LABELS_MASK = "labelsMask";

    private final Map<String, INDArray> arrays;
    private final int size;
    private final List<INDArray> own;

    private Batch(Map<String, INDArray> arrays, int size, List<INDArray> own) {
        this.arrays = arrays;
        this.size = size;
        this.own = own;
    }

    /** Returns the batch of {@link #FEATURES} [n, ...] and {@link #LABELS} [n] or [n, c]. */
    public static Batch of(INDArray features, INDArray labels) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(FEATURES, features);
        arrays.put(LABELS, labels);
        return of(arrays);
    }

    /**
     * Returns the batch of these arrays.
     *
     * @param arrays at least one, each of the same first dimension n &gt;= 1
     * @throws IllegalArgumentException if there is none, if their first dimensions differ, or if one holds no numbers, was
     *     closed, or lies in a workspace that was left
     */
    public static Batch of(Map<String, INDArray> arrays) {
        Check.argument(!arrays.isEmpty(), "arrays is empty: a batch needs at least one named array");
        Map<String, INDArray> copy = new LinkedHashMap<>(arrays);
        long size = -1;
        String first = "";
        for (Map.Entry<String, INDArray> entry : copy.entrySet()) {
            INDArray array = readable(entry.getKey(), entry.getValue());
            Check.argument(
                    array.rank() >= 1 && !array.isEmpty(),
                    "array '%s' has no elements or no first dimension: a batch holds at least one example",
                    entry.getKey());
            if (size < 0) {
                size = array.size(0);
                first = entry.getKey();
            }
            Check.argument(
                    array.size(0) == size,
                    "array '%s' has %d examples but '%s' has %d: the first dimension of every array is the number of examples",
                    entry.getKey(),
                    array.size(0),
                    first,
                    size);
        }
        return new Batch(copy, Math.toIntExact(size), List.of());
    }

    /**
     * Returns this batch as the owner of arrays that were made for it alone: {@link #release} frees them. For training sets
     * that copy their examples, whose memory would otherwise wait until Java collects its heap.
     *
     * @param made in addition to what it owns already
     */
    public Batch owning(List<INDArray> made) {
        List<INDArray> all = new ArrayList<>(own);
        all.addAll(made);
        return new Batch(arrays, size, List.copyOf(all));
    }

    /**
     * Frees the arrays that were made for this batch alone, if there are any. An engine releases what it has of a training set;
     * afterwards neither this batch nor one that was made of it by {@link #with} may be used.
     */
    public void release() {
        own.forEach(Memory::free);
    }

    /** The number n of examples. */
    public int size() {
        return size;
    }

    /** The names of the arrays, in the order in which they were given. */
    public Set<String> names() {
        return java.util.Collections.unmodifiableSet(arrays.keySet());
    }

    /**
     * The array of this name, or null if the batch has none.
     *
     * @throws IllegalArgumentException if it was closed, or its workspace left, since the batch was made
     */
    public @Nullable INDArray find(String name) {
        INDArray array = arrays.get(name);
        return array == null ? null : readable(name, array);
    }

    /**
     * The array of this name, [n, ...].
     *
     * @throws IllegalArgumentException if the batch has none, or if it was closed, or its workspace left, since the batch was
     *     made
     */
    public INDArray get(String name) {
        INDArray array = find(name);
        if (array == null) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "the batch has no array '%s': it has %s", name, arrays.keySet()));
        }
        return array;
    }

    /** Every array that a model reads comes by here. */
    private static INDArray readable(String name, INDArray array) {
        String problem = Check.unreadable(array);
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException("array '" + name + "' of the batch " + problem);
        }
        return array;
    }

    /** Returns this batch with {@code array} [n, ...] under {@code name}, in addition or in place of what was there. */
    public Batch with(String name, INDArray array) {
        Map<String, INDArray> copy = new LinkedHashMap<>(arrays);
        copy.put(name, array);
        return of(copy).owning(own);
    }

    /** The batch of one of its examples, from 0; nothing is copied. */
    public Batch example(int position) {
        Objects.checkIndex(position, size);
        Map<String, INDArray> parts = new LinkedHashMap<>();
        for (String name : arrays.keySet()) {
            INDArray array = get(name);
            INDArrayIndex[] index = NDArrayIndex.allFor(array);
            index[0] = NDArrayIndex.interval(position, position + 1);
            parts.put(name, array.get(index));
        }
        return of(parts);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Batch of ").append(size).append(':');
        arrays.forEach((name, array) -> text.append(' ').append(name).append(java.util.Arrays.toString(array.shape())));
        return text.toString();
    }
}
