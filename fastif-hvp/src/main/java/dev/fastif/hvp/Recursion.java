package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.Iteration;
import dev.fastif.core.Recurrence;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.hvp.internal.AlignedVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The recursion of LiSSA for several right-hand sides at a time, which share the samples and the evaluation of the model on
 * them.
 */
record Recursion(
        Curvature curvature, List<INDArray> vectors, LissaSettings settings, Sampler sampler, Runnable afterStep) {
    /** How far an iterate may exceed the bound of a contraction before the solve is given up. */
    private static final double SLACK = 10;

    /** The solutions that one repeat found, with the norms of their iterates. */
    private record Repeat(List<AlignedVector> solutions, List<List<Double>> norms) {}

    /** Runs all repeats on the curvature's workers, and averages them. */
    List<Certificate.Course> run() {
        List<Average> averages = vectors.stream().map(Average::new).toList();
        curvature.workers().run(settings.repeats(), this::repeat, (repeat, number) -> {
            for (int i = 0; i < averages.size(); i++) {
                averages.get(i).add(repeat.solutions.get(i), repeat.norms.get(i));
            }
        });
        return averages.stream().map(Average::course).toList();
    }

    private Repeat repeat(int repeat) {
        List<INDArray> local = vectors.stream().map(curvature.workers()::local).toList();
        List<AlignedVector> solutions =
                local.stream().map(AlignedVector::copyOf).toList();
        List<INDArray> s = solutions.stream().map(AlignedVector::vector).toList();
        double keep = 1 - settings.damping() / settings.scale();
        Recurrence recurrence = new Recurrence(s, keep, -1 / settings.scale(), local);
        double[] lengths = local.stream().mapToDouble(Vectors::norm).toArray();
        List<List<Double>> norms =
                vectors.stream().<List<Double>>map(v -> new ArrayList<>()).toList();
        boolean done = false;
        try (Iteration<int[]> iteration = curvature.iteration(recurrence)) {
            for (int step = 0; step < settings.recursionDepth(); step++) {
                double[] squares = iteration.step(sampler.sample(repeat, step));
                for (int i = 0; i < squares.length; i++) {
                    norms.get(i).add(checked(Math.sqrt(squares[i]), lengths[i], step + 1) / settings.scale());
                }
                afterStep.run();
            }
            done = true;
        } finally {
            if (!done) {
                solutions.forEach(AlignedVector::close);
            }
        }
        s.forEach(x -> x.divi(settings.scale()));
        return new Repeat(solutions, norms);
    }

    private double checked(double norm, double start, int step) {
        if (!(norm <= SLACK * (step + 1) * start)) {
            throw new SolveFailedException(
                    SolveOutcome.DIVERGED,
                    String.format(
                            Locale.ROOT,
                            "LiSSA diverged: after %d of %d steps the iterate is %.3g times as long as v, more than a contraction"
                                    + " allows (%s). The eigenvalues of H + damping must lie between 0 and 2 * scale for (nearly)"
                                    + " every batch: raise scale (now %s) if curvature is large, raise damping (now %s) if it is"
                                    + " negative, or raise batchSize (now %d)",
                            step,
                            settings.recursionDepth(),
                            norm / start,
                            settings,
                            settings.scale(),
                            settings.damping(),
                            settings.batchSize()));
        }
        return norm;
    }

    /** The mean of the repeats of one right-hand side, and their scatter. */
    private final class Average {
        private final INDArray mean;
        private final List<Double> norms = new ArrayList<>();
        private double squares;

        Average(INDArray like) {
            this.mean = like.ulike().assign(0);
        }

        void add(AlignedVector solution, List<Double> history) {
            INDArray s = curvature.workers().local(solution.vector());
            Vectors.add(mean, 1.0 / settings.repeats(), s);
            squares += Vectors.dot(s, s) / settings.repeats();
            norms.addAll(history);
            if (s != solution.vector()) {
                s.close();
            }
            solution.close();
        }

        Certificate.Course course() {
            return new Certificate.Course(mean, settings.recursionDepth() * settings.repeats(), spread(), norms);
        }

        private double spread() {
            double squaredMean = Vectors.dot(mean, mean);
            if (settings.repeats() == 1 || squaredMean == 0) {
                return Double.NaN;
            }
            double variance = Math.max(0, squares - squaredMean) / (settings.repeats() - 1);
            return Math.sqrt(variance / squaredMean);
        }
    }
}
