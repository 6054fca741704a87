package dev.fastif.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.RealVector;

/**
 * Minimises to high accuracy, deterministically: L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4). A step
 * is halved until the slope at its end is no longer steeply uphill, which needs gradients alone; where the result lies is for
 * the caller to see.
 *
 * @param tolerance the norm of the gradient to reach
 * @param maxIterations after which it gives up
 */
record LimitedMemoryBfgs(double tolerance, int maxIterations) {
    private static final int MEMORY = 20;

    /** A step is too long where the objective rises this steeply, in terms of how steeply it fell at its start. */
    private static final double UPHILL = 0.9;

    private static final double SMALLEST_STEP = 1e-10;

    /** A step, the change of the gradient along it, and 1 over their product. */
    private record Pair(RealVector step, RealVector change, double rho) {}

    /**
     * Moves the model to a minimum.
     *
     * @throws IllegalStateException if the tolerance was not reached
     */
    void minimise(Objective objective) {
        Deque<Pair> pairs = new ArrayDeque<>(); // the newest first
        RealVector theta = new ArrayRealVector(objective.theta(), false);
        RealVector gradient = new ArrayRealVector(objective.gradient(), false);
        for (int i = 0; gradient.getNorm() > tolerance; i++) {
            if (i == maxIterations) {
                throw new IllegalStateException("the gradient's norm is " + gradient.getNorm() + " after " + i
                        + " iterations, not below " + tolerance + ": raise maxIterations");
            }
            RealVector direction = direction(pairs, gradient);
            double slope = direction.dotProduct(gradient);
            double length = pairs.isEmpty() ? Math.min(1, 1 / gradient.getNorm()) : 1;
            RealVector next = theta.add(direction.mapMultiply(length));
            RealVector nextGradient = gradientAt(objective, next);
            while (direction.dotProduct(nextGradient) > -UPHILL * slope && length > SMALLEST_STEP) {
                length /= 2;
                next = theta.add(direction.mapMultiply(length));
                nextGradient = gradientAt(objective, next);
            }
            remember(pairs, next.subtract(theta), nextGradient.subtract(gradient));
            theta = next;
            gradient = nextGradient;
        }
    }

    private static RealVector gradientAt(Objective objective, RealVector theta) {
        objective.moveTo(theta.toArray());
        return new ArrayRealVector(objective.gradient(), false);
    }

    /** Keeps a pair along which the curvature is positive, so that directions descend. */
    private static void remember(Deque<Pair> pairs, RealVector step, RealVector change) {
        double curvature = step.dotProduct(change);
        if (curvature > 1e-12 * step.getNorm() * change.getNorm()) {
            pairs.addFirst(new Pair(step, change, 1 / curvature));
        }
        if (pairs.size() > MEMORY) {
            pairs.removeLast();
        }
    }

    private static RealVector direction(Deque<Pair> pairs, RealVector gradient) {
        RealVector q = gradient.mapMultiply(-1);
        if (pairs.isEmpty()) {
            return q;
        }
        double[] alphas = new double[pairs.size()];
        int i = 0;
        for (Pair pair : pairs) {
            alphas[i] = pair.rho * pair.step.dotProduct(q);
            q.combineToSelf(1, -alphas[i++], pair.change);
        }
        Pair newest = pairs.getFirst();
        q.mapMultiplyToSelf(1 / (newest.rho * newest.change.dotProduct(newest.change)));
        for (Iterator<Pair> oldestFirst = pairs.descendingIterator(); oldestFirst.hasNext(); ) {
            Pair pair = oldestFirst.next();
            q.combineToSelf(1, alphas[--i] - pair.rho * pair.change.dotProduct(q), pair.step);
        }
        return q;
    }
}
