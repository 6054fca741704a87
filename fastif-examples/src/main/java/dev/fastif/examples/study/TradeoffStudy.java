package dev.fastif.examples.study;

import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Progress;
import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Results;
import dev.fastif.examples.report.Table;
import dev.fastif.hvp.Lissa;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What LiSSA's recursion depth J, batch size B and repeats T cost in time, and how far its answer then is from that of the
 * most expensive setting (paper, section 5.3, figures 3b and 9). That one draws random numbers of its own, so that no
 * setting is near to it by having drawn the same. Times differ from run to run.
 */
public final class TradeoffStudy {
    /**
     * What is tried: all combinations.
     *
     * @param points evaluation points, half of them predicted correctly
     */
    public record Settings(
            int points,
            List<Integer> depths,
            List<Integer> batches,
            List<Integer> repeats,
            double damping,
            double scale,
            long seed) {
        /** Copies the lists. */
        public Settings {
            depths = List.copyOf(depths);
            batches = List.copyOf(batches);
            repeats = List.copyOf(repeats);
        }
    }

    /**
     * One solve.
     *
     * @param seconds it took
     * @param error the norm of the difference to the most expensive setting's s_test
     * @param relativeError the same as a part of that s_test's norm
     */
    public record Trial(
            int position,
            boolean correct,
            int depth,
            int batch,
            int repeats,
            double seconds,
            double error,
            double relativeError) {}

    private final Classification task;
    private final Curvature curvature;
    private final Settings settings;

    /** Prepares an experiment. */
    public TradeoffStudy(Classification task, CurvatureMatrix matrix, Settings settings) {
        this.task = task;
        this.curvature = Curvature.of(matrix, task.model(), task.training());
        this.settings = settings;
    }

    /** Tries all settings that are not on file yet. */
    public List<Trial> run(Results results, StudyListener listener) {
        Predictions predictions = Predictions.of(task.model(), task.evaluation());
        int[] positions = predictions.balanced(settings.points());
        int total = positions.length
                * settings.depths().size()
                * settings.batches().size()
                * settings.repeats().size();
        List<Trial> trials = new ArrayList<>();
        for (int position : positions) {
            Reference reference = new Reference(position);
            for (int repeats : settings.repeats()) {
                for (int batch : settings.batches()) {
                    for (int depth : settings.depths()) {
                        listener.progress(trials.size(), total);
                        trials.add(results.of(
                                String.format(
                                        Locale.ROOT, "point %d, J %d, B %d, T %d", position, depth, batch, repeats),
                                Trial.class,
                                () -> trial(reference, predictions.isCorrect(position), depth, batch, repeats)));
                    }
                }
            }
        }
        listener.progress(total, total);
        return trials;
    }

    private Trial trial(Reference reference, boolean correct, int depth, int batch, int repeats) {
        INDArray expected = reference.value();
        long start = System.nanoTime();
        INDArray found = solve(reference.gradient, depth, batch, repeats, settings.seed());
        double seconds = (System.nanoTime() - start) * 1e-9;
        double error = found.sub(expected).norm2Number().doubleValue();
        return new Trial(
                reference.position,
                correct,
                depth,
                batch,
                repeats,
                seconds,
                error,
                error / expected.norm2Number().doubleValue());
    }

    private INDArray solve(INDArray vector, int depth, int batch, int repeats, long seed) {
        return Lissa.builder()
                .damping(settings.damping())
                .scale(settings.scale())
                .recursionDepth(depth)
                .batchSize(batch)
                .repeats(repeats)
                .seed(seed)
                .residualExamples(1)
                .build()
                .solve(curvature, vector, Progress.none())
                .value();
    }

    /** The most expensive setting's answer, computed when it is asked for: a resumed run may not need it. */
    private final class Reference {
        private final int position;
        private final INDArray gradient;
        private @Nullable INDArray value;

        Reference(int position) {
            this.position = position;
            this.gradient = task.model().gradient(task.evaluation().batch(position));
        }

        INDArray value() {
            INDArray known = value;
            if (known == null) {
                known = solve(
                        gradient,
                        Collections.max(settings.depths()),
                        Collections.max(settings.batches()),
                        Collections.max(settings.repeats()),
                        settings.seed() + 1);
                value = known;
            }
            return known;
        }
    }

    /** Means over the points. */
    public Table table(List<Trial> trials) {
        Table.Builder table = new Table.Builder(
                "Time and error of s_test against the most expensive setting, means over the points",
                "J",
                "B",
                "T",
                "seconds (correct)",
                "seconds (incorrect)",
                "error (correct)",
                "error (incorrect)",
                "relative error");
        for (int repeats : settings.repeats()) {
            for (int batch : settings.batches()) {
                for (int depth : settings.depths()) {
                    List<Trial> same = trials.stream()
                            .filter(trial ->
                                    trial.depth() == depth && trial.batch() == batch && trial.repeats() == repeats)
                            .toList();
                    table.row(
                            depth,
                            batch,
                            repeats,
                            seconds(same, true).mean(),
                            seconds(same, false).mean(),
                            error(same, true).mean(),
                            error(same, false).mean(),
                            Summary.of(same.stream().map(Trial::relativeError).toList())
                                    .mean());
                }
            }
        }
        return table.build();
    }

    /** Time and error, each for correct and incorrect predictions. */
    public List<Figure> figures(List<Trial> trials) {
        List<Figure> figures = new ArrayList<>();
        for (boolean correct : new boolean[] {true, false}) {
            String which = correct ? "correct predictions" : "incorrect predictions";
            Chart time = new Chart("Time, " + which, "recursion depth J", "seconds").logarithmicY();
            Chart error = new Chart("Error, " + which, "recursion depth J", "norm of the difference").logarithmicY();
            for (int repeats : settings.repeats()) {
                for (int batch : settings.batches()) {
                    String line = String.format(Locale.ROOT, "B = %d, T = %d", batch, repeats);
                    for (int depth : settings.depths()) {
                        List<Trial> same = trials.stream()
                                .filter(trial -> trial.correct() == correct
                                        && trial.depth() == depth
                                        && trial.batch() == batch
                                        && trial.repeats() == repeats)
                                .toList();
                        time.add(line, depth, seconds(same, correct).mean());
                        error.add(line, depth, error(same, correct).mean());
                    }
                }
            }
            figures.add(new Figure("Seconds of a solve.", time.svg(), table(trials)));
            figures.add(
                    new Figure("Distance of s_test from the most expensive setting's.", error.svg(), table(trials)));
        }
        return figures;
    }

    private static Summary seconds(List<Trial> trials, boolean correct) {
        return Summary.of(trials.stream()
                .filter(trial -> trial.correct() == correct)
                .map(Trial::seconds)
                .toList());
    }

    private static Summary error(List<Trial> trials, boolean correct) {
        return Summary.of(trials.stream()
                .filter(trial -> trial.correct() == correct)
                .map(Trial::error)
                .toList());
    }
}
