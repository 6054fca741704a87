package dev.fastif.hvp.internal;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A vector outside of any workspace whose first element begins a line of the CPU's cache. ND4J's own begin anywhere: vector
 * instructions then load from two lines at a time, which makes every pass over the parameters longer.
 *
 * @param memory what the vector is a part of
 * @param vector [length], with anything in it
 */
public record AlignedVector(INDArray memory, INDArray vector) implements AutoCloseable {
    private static final int LINE_BYTES = 64;

    /** Allocates a vector. */
    public static AlignedVector of(DataType type, long length) {
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            if (!Nd4j.getEnvironment().isCPU()) {
                INDArray vector = Nd4j.createUninitialized(type, length);
                return new AlignedVector(vector, vector);
            }
            INDArray memory = Nd4j.createUninitialized(type, length + LINE_BYTES / type.width());
            long beyondLine = Math.floorMod(memory.data().addressPointer().address(), (long) LINE_BYTES);
            long start = (LINE_BYTES - beyondLine) / type.width();
            INDArray vector = Nd4j.create(memory.data(), new long[] {length}, new long[] {1}, start, 'c');
            return new AlignedVector(memory, vector);
        }
    }

    /** Allocates a copy of a vector. */
    public static AlignedVector copyOf(INDArray values) {
        AlignedVector copy = of(values.dataType(), values.length());
        copy.vector.assign(values);
        return copy;
    }

    /** Frees the memory. */
    @Override
    public void close() {
        memory.close();
    }
}
