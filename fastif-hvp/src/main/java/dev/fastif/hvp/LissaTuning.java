package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Progress;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.Stage;
import dev.fastif.core.internal.Memory;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Chooses what a user of {@link Lissa} left open.
 *
 * <p>Lanczos' method on a sample gives the ends of the Hessian's spectrum; the lower one must lie above minus lambda, and mu
 * is the distance. A few steps of it on some batches give how far a single {@code H_j + lambda I} reaches: each step
 * contracts if sigma is more. Products of those batches with v also give kappa, the relative scatter of {@code H_j v}: in
 * the long run sampling makes the recursion's answer err by about {@code kappa / sqrt(2 mu sigma T)}, so sigma is raised
 * until that is the accuracy, or as far as the largest depth allows to go. What remains of the start falls by {@code 1 - mu
 * / sigma} a step: J follows.
 */
final class LissaTuning {
    /** Products that find the ends of the sample's spectrum. */
    private static final int PRODUCTS = 16;

    /** Batches that are looked at one by one, and the products for each. */
    private static final int BATCHES = 8;

    private static final int PRODUCTS_PER_BATCH = 6;

    /** How far sigma lies above the largest eigenvalue seen. */
    private static final double MARGIN = 1.25;

    /** The error by sampling that is never exceeded, even if the depth does not suffice then: a longer way is no use. */
    private static final double MOST_NOISE = 0.5;

    /** The smallest eigenvalue that the recursion is expected to resolve, relative to the largest. */
    private static final double SMALLEST = 1e-6;

    private final Lissa lissa;
    private final Curvature curvature;
    private final INDArray vector;
    private final Progress progress;
    private int done;

    LissaTuning(Lissa lissa, Curvature curvature, INDArray vector, Progress progress) {
        this.lissa = lissa;
        this.curvature = curvature;
        this.vector = vector;
        this.progress = progress;
    }

    /** Settings, and in words what they follow from. */
    record Choice(LissaSettings settings, String reason) {}

    Choice choose() {
        int examples = Math.min(lissa.residualExamples, curvature.examples());
        Spectrum whole = Spectrum.of(
                Certificate.operator(curvature, examples, lissa.seed), vector, lissa.seed, PRODUCTS, this::checkpoint);
        double damping = lissa.damping == null ? whole.sufficientDamping() : lissa.damping;
        if (!whole.isDefinite(damping)) {
            throw indefinite(whole, damping, examples);
        }
        Batches batches = batches(damping);
        double reach = Math.max(whole.largest() + damping, batches.reach);
        double smallest = Math.max(whole.smallest() + damping, SMALLEST * reach);
        double lengths = Math.log(1 / lissa.accuracy);
        double scale = lissa.scale == null ? scale(reach, smallest, batches.scatter, lengths) : lissa.scale;
        double steps = Math.max(1, Math.ceil(scale / smallest * lengths));
        int depth =
                lissa.recursionDepth == null ? (int) Math.min(lissa.maxRecursionDepth, steps) : lissa.recursionDepth;
        String reason = String.format(
                Locale.ROOT,
                "chosen from eigenvalues of H between about %.4g and %.4g on %d examples, of H + damping on batches of %d up"
                        + " to %.4g, whose products scatter by %.4g; an accuracy of %s takes %.0f steps",
                whole.smallest(),
                whole.largest(),
                examples,
                lissa.batchSize,
                batches.reach,
                batches.scatter,
                lissa.accuracy,
                steps);
        return new Choice(new LissaSettings(depth, lissa.batchSize, lissa.repeats, damping, scale, lissa.seed), reason);
    }

    /** The smallest sigma that contracts and keeps the noise down, within what the depth allows. */
    private double scale(double reach, double smallest, double scatter, double lengths) {
        double noise = scatter * scatter / (2 * smallest * lissa.repeats);
        int depth = lissa.recursionDepth == null ? lissa.maxRecursionDepth : lissa.recursionDepth;
        double affordable = depth * smallest / Math.max(lengths, 1);
        double wanted = Math.min(affordable, noise / (lissa.accuracy * lissa.accuracy));
        double scale = Math.max(MARGIN * reach, Math.max(wanted, noise / (MOST_NOISE * MOST_NOISE)));
        return scale > 0 ? scale : 1;
    }

    /**
     * What single batches are like.
     *
     * @param reach the largest absolute eigenvalue of {@code H_j + lambda I}
     * @param scatter the standard deviation of {@code H_j v}, relative to |v|
     */
    private record Batches(double reach, double scatter) {}

    private Batches batches(double damping) {
        Sampler sampler = Sampler.uniform(lissa.seed, curvature.examples(), lissa.batchSize);
        double reach = 0;
        double squares = 0;
        INDArray mean = vector.ulike().assign(0);
        for (int i = 0; i < BATCHES; i++) {
            LinearOperator operator = curvature.on(sampler.sample(Sampler.Stream.TUNING, i));
            Spectrum batch = Spectrum.of(operator, vector, lissa.seed + i, PRODUCTS_PER_BATCH, this::checkpoint);
            reach = Math.max(reach, Math.max(batch.largest() + damping, -batch.smallest() - damping));
            checkpoint();
            INDArray product = operator.apply(vector);
            squares += Vectors.dot(product, product);
            Vectors.add(mean, 1.0 / BATCHES, product);
            product.close();
        }
        double variance = (squares - BATCHES * Vectors.dot(mean, mean)) / (BATCHES - 1);
        Memory.free(mean);
        double length = Vectors.norm(vector);
        return new Batches(reach, length == 0 ? 0 : Math.sqrt(Math.max(0, variance)) / length);
    }

    private void checkpoint() {
        int total = PRODUCTS + BATCHES * (PRODUCTS_PER_BATCH + 1);
        progress.checkpoint(Stage.SPECTRUM, Math.min(done++, total), total);
    }

    private static SolveFailedException indefinite(Spectrum whole, double damping, int examples) {
        return new SolveFailedException(
                SolveOutcome.NOT_DEFINITE,
                String.format(
                        Locale.ROOT,
                        "H + damping is indefinite: on %d examples the smallest eigenvalue of H is about %.4g, so damping %s misses"
                                + " by %.4g. Raise damping to at least %.4g, leave it open, or invert the Gauss-Newton matrix",
                        examples,
                        whole.smallest(),
                        damping,
                        -whole.smallest() - damping,
                        whole.sufficientDamping()));
    }
}
