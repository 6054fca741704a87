package dev.fastif.hvp;

import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Preconditioned conjugate gradients for one right-hand side, from s = 0. Not thread-safe. */
final class Descent implements AutoCloseable {
    private final double damping;
    private final Preconditioner preconditioner;
    private final INDArray s;
    private final INDArray residual;
    private final INDArray direction;
    private final List<Double> norms = new ArrayList<>();
    private final double length;
    private double squaredResidual;
    /** The residual times the preconditioned residual. */
    private double energy;

    Descent(INDArray vector, double damping, Preconditioner preconditioner) {
        this.damping = damping;
        this.preconditioner = preconditioner;
        this.s = vector.ulike().assign(0);
        this.residual = vector.dup();
        INDArray preconditioned = preconditioner.apply(residual);
        this.direction = preconditioned.dup();
        this.energy = Vectors.dot(residual, preconditioned);
        this.squaredResidual = Vectors.dot(residual, residual);
        this.length = Math.sqrt(squaredResidual);
    }

    boolean hasReached(double tolerance) {
        return Math.sqrt(squaredResidual) <= tolerance * length;
    }

    double relativeResidual() {
        return Math.sqrt(squaredResidual) / length;
    }

    /** What the operator is to be applied to next; must not be changed. */
    INDArray direction() {
        return direction;
    }

    /** Adds the damping to the operator's product with the direction; the curvature along it. */
    double curvature(INDArray product) {
        Vectors.add(product, damping, direction);
        return Vectors.dot(direction, product) / Vectors.dot(direction, direction);
    }

    /** Steps along the direction to the minimum there, and turns. */
    void step(INDArray product, double curvature) {
        double step = energy / (curvature * Vectors.dot(direction, direction));
        Vectors.add(s, step, direction);
        Vectors.add(residual, -step, product);
        INDArray preconditioned = preconditioner.apply(residual);
        double next = Vectors.dot(residual, preconditioned);
        direction.muli(next / energy);
        Vectors.add(direction, 1, preconditioned);
        energy = next;
        squaredResidual = Vectors.dot(residual, residual);
        norms.add(Vectors.norm(s));
    }

    /** Goes on from where it is, with the true residual. */
    void restart(INDArray vector, INDArray product) {
        Vectors.add(product, damping, s);
        residual.assign(vector);
        Vectors.add(residual, -1, product);
        Memory.free(product);
        INDArray preconditioned = preconditioner.apply(residual);
        direction.assign(preconditioned);
        energy = Vectors.dot(residual, preconditioned);
        squaredResidual = Vectors.dot(residual, residual);
    }

    INDArray solution() {
        return s;
    }

    double damping() {
        return damping;
    }

    /** Frees all but the solution. */
    @Override
    public void close() {
        Memory.free(residual);
        Memory.free(direction);
    }

    Certificate.Course course() {
        return new Certificate.Course(s, norms.size(), Double.NaN, norms);
    }
}
