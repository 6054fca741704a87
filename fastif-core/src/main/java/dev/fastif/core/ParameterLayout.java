package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Where each trainable parameter lies in the flat vector theta [p]: names, shapes, offsets. Each parameter is stored in
 * C order, one after the other. Immutable and thread-safe.
 */
public final class ParameterLayout {
    private static final class Slot {
        private final long offset;
        private final long length;
        private final long[] shape;
        private final long[] strides;

        private Slot(long offset, long length, long... shape) {
            this.offset = offset;
            this.length = length;
            this.shape = shape;
            this.strides = new long[shape.length];
            long stride = 1;
            for (int i = shape.length - 1; i >= 0; i--) {
                strides[i] = stride;
                stride *= shape[i];
            }
        }
    }

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final DataType dataType;
    private final long size;

    private ParameterLayout(Map<String, long[]> shapes, DataType dataType) {
        this.dataType = dataType;
        long offset = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            long[] shape = entry.getValue().clone();
            long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
            Check.argument(length >= 1, "parameter '%s' has no elements", entry.getKey());
            slots.put(entry.getKey(), new Slot(offset, length, shape));
            offset += length;
        }
        size = offset;
    }

    /**
     * Returns the layout of these parameters in iteration order.
     *
     * @param shapes name to shape
     * @param dataType FLOAT or DOUBLE
     */
    public static ParameterLayout of(Map<String, long[]> shapes, DataType dataType) {
        Check.argument(
                dataType == DataType.FLOAT || dataType == DataType.DOUBLE,
                "dataType is %s: parameters are FLOAT or DOUBLE",
                dataType);
        Check.argument(!shapes.isEmpty(), "shapes is empty: a model without trainable parameters has no influences");
        return new ParameterLayout(shapes, dataType);
    }

    /** The number p of trainable parameters. */
    public long size() {
        return size;
    }

    /** FLOAT or DOUBLE: the type of every vector [p] of the model. */
    public DataType dataType() {
        return dataType;
    }

    /** The names, in the order of the flat vector. */
    public Set<String> names() {
        return java.util.Collections.unmodifiableSet(slots.keySet());
    }

    /** The shape of one parameter. */
    public List<Long> shape(String name) {
        List<Long> shape = new ArrayList<>();
        for (long d : slot(name).shape) {
            shape.add(d);
        }
        return shape;
    }

    /** A view of {@code vector} [p] as the parameter of this name, in its own shape. */
    public INDArray view(INDArray vector, String name) {
        Slot slot = slot(name);
        if (vector.stride(0) != 1) {
            return slice(vector, name).reshape('c', slot.shape);
        }
        return Nd4j.create(vector.data(), slot.shape, slot.strides, vector.offset() + slot.offset, 'c');
    }

    /** The part of {@code vector} [p] that is the parameter of this name, in a row. */
    INDArray slice(INDArray vector, String name) {
        Slot slot = slot(name);
        return vector.get(NDArrayIndex.interval(slot.offset, slot.offset + slot.length));
    }

    /**
     * Returns {@code vector} if it is a vector [p] of the right type, open, and in no workspace that was left.
     *
     * @throws IllegalArgumentException otherwise
     */
    public INDArray require(String name, INDArray vector) {
        Check.readable(name, vector);
        Check.argument(
                vector.rank() == 1 && vector.length() == size,
                "%s has shape %s: it must be a vector of the model's %d parameters",
                name,
                Arrays.toString(vector.shape()),
                size);
        Check.argument(
                vector.dataType() == dataType,
                "%s is %s: the model's parameters are %s, so give %s.castTo(DataType.%s)",
                name,
                vector.dataType(),
                dataType,
                name,
                dataType);
        return vector;
    }

    private Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "no parameter is named '%s': there are %s", name, slots.keySet()));
        }
        return slot;
    }
}
