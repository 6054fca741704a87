package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A named array of a {@link Graph}, trained or frozen. Immutable; belongs to the builder that made it. */
public final class Parameter {
    final int index;
    final INDArray initial;
    private final String name;
    private final boolean trainable;

    Parameter(int index, String name, INDArray initial, boolean trainable) {
        this.index = index;
        this.name = name;
        this.initial = initial;
        this.trainable = trainable;
    }

    /** The name, unique in its graph. */
    public String name() {
        return name;
    }

    /** Its shape. */
    public long[] shape() {
        return initial.shape().clone();
    }

    /** How many dimensions it has. */
    public int rank() {
        return initial.rank();
    }

    /** The size of a dimension. */
    public long size(int dimension) {
        return initial.size(dimension);
    }

    /** How many elements it has. */
    public long length() {
        return initial.length();
    }

    /** Whether it is part of the vector [p] of trainable parameters. */
    public boolean trainable() {
        return trainable;
    }

    @Override
    public String toString() {
        return name;
    }
}
