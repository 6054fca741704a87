package dev.fastif.hvp;

import dev.fastif.core.LinearOperator;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Estimates the ends of an operator's spectrum by Lanczos' method: after a few products the extreme eigenvalues of a
 * small tridiagonal matrix are close to those of the operator, and never beyond them.
 */
final class Lanczos {
    private static final int BISECTIONS = 60;

    private Lanczos() {}

    /**
     * Runs up to {@code steps} products.
     *
     * @param start [p], not zero; not modified
     * @param checkpoint runs before each product
     */
    static Spectrum extremes(LinearOperator operator, INDArray start, int steps, Runnable checkpoint) {
        List<Double> diagonal = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        INDArray previous = start.ulike().assign(0);
        INDArray current = start.div(Vectors.norm(start));
        double coupling = 0;
        double scale = 0;
        for (int step = 0; step < steps; step++) {
            checkpoint.run();
            INDArray next = operator.apply(current);
            double middle = Vectors.dot(current, next);
            Vectors.add(next, -middle, current);
            Vectors.add(next, -coupling, previous);
            diagonal.add(middle);
            coupling = Vectors.norm(next);
            scale = Math.max(scale, Math.abs(middle) + coupling);
            Memory.free(previous);
            previous = current;
            current = next;
            if (!(coupling > 1e-6 * scale)) {
                break;
            }
            beside.add(coupling);
            current.divi(coupling);
        }
        Memory.free(previous);
        Memory.free(current);
        return new Spectrum(
                bisect(diagonal, beside, 2 * scale, 1), bisect(diagonal, beside, 2 * scale, diagonal.size()));
    }

    /** The eigenvalue of this rank, from 1 for the smallest, of a tridiagonal matrix of norm at most {@code bound}. */
    private static double bisect(List<Double> diagonal, List<Double> beside, double bound, int rank) {
        double low = -bound;
        double high = bound;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (countBelow(diagonal, beside, middle) >= rank) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return (low + high) / 2;
    }

    /** How many eigenvalues lie below x: the number of negative pivots (Sturm). */
    private static int countBelow(List<Double> diagonal, List<Double> beside, double x) {
        int count = 0;
        double pivot = 1;
        for (int i = 0; i < diagonal.size(); i++) {
            double square = i == 0 ? 0 : beside.get(i - 1) * beside.get(i - 1);
            pivot = diagonal.get(i) - x - square / pivot;
            pivot = pivot == 0 ? -Double.MIN_NORMAL : pivot;
            count += pivot < 0 ? 1 : 0;
        }
        return count;
    }
}
