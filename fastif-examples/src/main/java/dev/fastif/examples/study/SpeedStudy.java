package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.CandidateIndex;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.FeatureMatrix;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.Stage;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Check;
import dev.fastif.examples.report.Results;
import dev.fastif.hvp.Lissa;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a question costs without and with each idea of the paper (section 5.1, table 1): with and without preselection, with
 * the original s_test and the fast one, on one worker and on several. Costs of a step of the recursion and of a scored example
 * are measured on as many as the settings say and multiplied. Times differ from run to run.
 */
public final class SpeedStudy {
    /**
     * What is measured.
     *
     * @param points evaluation points, half of them predicted correctly
     * @param depth the recursion depth J of both kinds of s_test
     * @param originalBatch examples B in a step of the original s_test, which is not repeated
     * @param repeats T of the fast s_test, whose steps take one example
     * @param workers how many compute side by side where it is not one
     * @param originalSteps how many steps of the original s_test are measured, from 1 to half the depth
     * @param fastSteps how many steps of the fast s_test are measured, from 1 to half the depth
     * @param scored how many of the nearest examples are scored
     * @param damping of the system
     * @param scale of the recursion
     */
    public record Settings(
            int points,
            int depth,
            int originalBatch,
            int repeats,
            int workers,
            int originalSteps,
            int fastSteps,
            int scored,
            double damping,
            double scale,
            long seed) {
        /** Checks what the others are not checked for elsewhere. */
        public Settings {
            for (int steps : new int[] {originalSteps, fastSteps}) {
                Check.argument(
                        steps >= 1 && 2 * steps <= depth,
                        "%d steps are to be measured: choose from 1 to %d, half the depth",
                        steps,
                        depth / 2);
            }
        }
    }

    /**
     * Seconds that a question takes: of its gradient and its search together, of the part of a solve that does not depend on
     * the depth (it certifies s_test), of a step, and of a scored example.
     */
    public record Cost(double start, double solve, double step, double example) {
        /** A question's seconds at this depth with so many candidates. */
        double seconds(int depth, long candidates) {
            return start + solve + depth * step + candidates * example;
        }
    }

    /**
     * The costs at an evaluation point.
     *
     * @param original with the original s_test, on one worker
     * @param fast with the fast s_test, on one worker
     * @param parallel with the fast s_test, on several workers
     */
    public record Point(int position, Cost original, Cost fast, Cost parallel) {}

    /**
     * The costs of preparing an index.
     *
     * @param example seconds for the features of an example, on one worker
     * @param search seconds for the nearest examples of a point
     */
    public record Preparation(double example, double search) {}

    private final Classification task;
    private final CurvatureMatrix matrix;
    private final CandidateIndex index;
    private final Settings settings;

    /**
     * Prepares an experiment.
     *
     * @param index over the features of the task's training examples
     */
    public SpeedStudy(Classification task, CurvatureMatrix matrix, CandidateIndex index, Settings settings) {
        Check.argument(
                settings.scored() <= task.training().size(),
                "%d examples are to be scored: there are %d",
                settings.scored(),
                task.training().size());
        this.task = task;
        this.matrix = matrix;
        this.index = index;
        this.settings = settings;
    }

    /** Measures the preparation, unless it is on file. */
    public Preparation prepare(Results results) {
        return results.of("preparation", Preparation.class, () -> {
            TrainingSet some = new Part(task.training(), sample());
            evaluate(some); // the first time is not like the others
            double features = seconds(() -> evaluate(some));
            INDArray query = task.model().features(task.evaluation().batch(0));
            index.search(query, settings.scored());
            double search = seconds(() -> index.search(query, settings.scored()));
            return new Preparation(features / some.size(), search);
        });
    }

    private void evaluate(TrainingSet some) {
        FeatureMatrix.of(task.model(), some, DeviceGroup.cpu(1), Progress.none());
    }

    private int[] sample() {
        return new Random(settings.seed())
                .ints(settings.scored(), 0, task.training().size())
                .toArray();
    }

    /** Some examples of a training set. */
    @SuppressWarnings("ArrayRecordComponent") // private, and never compared
    private record Part(TrainingSet all, int... ids) implements TrainingSet {
        @Override
        public int size() {
            return ids.length;
        }

        @Override
        public Batch batch(int... positions) {
            return all.batch(pick(positions));
        }

        @Override
        public int length(int position) {
            return all.length(ids[position]);
        }

        private int[] pick(int... positions) {
            return Arrays.stream(positions).map(position -> ids[position]).toArray();
        }
    }

    /** Measures all points that are not on file yet. */
    public List<Point> run(Results results, StudyListener listener) {
        int[] positions = Predictions.of(task.model(), task.evaluation()).balanced(settings.points());
        List<Point> points = new ArrayList<>();
        for (int position : positions) {
            listener.progress(points.size(), positions.length);
            points.add(results.of("point " + position, Point.class, () -> point(position)));
        }
        listener.progress(positions.length, positions.length);
        return points;
    }

    private Point point(int position) {
        return new Point(
                position,
                cost(position, 1, settings.originalBatch(), 1, settings.originalSteps()),
                cost(position, 1, 1, settings.repeats(), settings.fastSteps()),
                cost(position, settings.workers(), 1, settings.repeats(), settings.fastSteps()));
    }

    /** Two questions that differ in their depth alone, after one that warms up. */
    private Cost cost(int position, int workers, int batch, int repeats, int steps) {
        ask(position, workers, batch, repeats, 1, Math.min(64, settings.scored()));
        Map<Stage, Duration> some = ask(position, workers, batch, repeats, steps, settings.scored());
        Map<Stage, Duration> more = ask(position, workers, batch, repeats, 2 * steps, 1);
        double difference = seconds(more, Stage.INVERSE_HVP) - seconds(some, Stage.INVERSE_HVP);
        // noise may hide what a few steps take: then no more than a part of the whole is known
        double step = difference > 0 ? difference / steps : seconds(more, Stage.INVERSE_HVP) / (2 * steps);
        return new Cost(
                seconds(some, Stage.PRESELECTION) + seconds(some, Stage.GRADIENT),
                Math.max(0, seconds(some, Stage.INVERSE_HVP) - steps * step),
                step,
                seconds(some, Stage.SCORING) / settings.scored());
    }

    private Map<Stage, Duration> ask(int position, int workers, int batch, int repeats, int depth, int scored) {
        Lissa lissa = Lissa.builder()
                .damping(settings.damping())
                .scale(settings.scale())
                .recursionDepth(depth)
                .batchSize(batch)
                .repeats(repeats)
                .seed(settings.seed())
                .build();
        try (InfluenceEngine engine = InfluenceEngine.builder(task.model(), task.training())
                .index(index)
                .inverseHvp(lissa)
                .curvature(matrix)
                .devices(DeviceGroup.cpu(workers))
                .candidates(scored)
                .build()) {
            return engine.explain(Query.of(task.evaluation().batch(position)).withTopK(1))
                    .timings();
        }
    }

    private static double seconds(Map<Stage, Duration> timings, Stage stage) {
        return timings.getOrDefault(stage, Duration.ZERO).toNanos() * 1e-9;
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) * 1e-9;
    }
}
