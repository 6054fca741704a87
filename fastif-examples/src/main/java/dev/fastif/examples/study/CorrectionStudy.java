package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.Curvature;
import dev.fastif.core.Influence;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.report.Results;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Corrects a model by gradient steps on examples that are influential for its errors on a slice of data (paper, section
 * 6.3, figures 6, 7, 12 and 13). In each iteration a few anchors are drawn from the slice's validation examples, the most
 * helpful (or harmful, or random) examples of a pool for the mean loss on the anchors are looked up among the nearest, and
 * one step is taken down their mean loss. The pool is the training set itself, or new data: the curvature is that of the
 * training set either way.
 */
public final class CorrectionStudy {
    /** What the steps are taken on. */
    public enum Arm {
        /** The pool's most helpful examples. */
        HELPFUL,
        /** The pool's most harmful examples. */
        HARMFUL,
        /** Random examples of the pool. */
        RANDOM,
        /** The anchors themselves: the paper's "z-test". */
        ANCHORS
    }

    /**
     * A part of the data that the model is to do better on.
     *
     * @param validation anchors are drawn from these
     * @param test the model is evaluated on these
     */
    public record Slice(String name, TrainingSet validation, TrainingSet test) {}

    /**
     * How it is corrected.
     *
     * @param iterations gradient steps
     * @param anchors drawn anew in each iteration
     * @param examples that a step is taken on
     * @param learningRate of the steps
     * @param repetitions each with anchors of its own
     */
    public record Settings(
            int iterations, int anchors, int examples, double learningRate, int repetitions, long seed) {}

    /** The model on the slice's examples after some iterations. */
    public record Score(
            int iteration, double accuracy, double loss, double validationAccuracy, double validationLoss) {}

    /**
     * One repetition of one arm.
     *
     * @param slice that is to be corrected
     * @param scores before the first and after each iteration
     * @param chosen the pool's examples of each step; the anchors for that arm
     */
    public record Course(String slice, Arm arm, int repetition, List<Score> scores, List<List<Integer>> chosen) {
        /** Copies the lists. */
        public Course {
            scores = List.copyOf(scores);
            chosen = chosen.stream().map(List::copyOf).toList();
        }
    }

    private final GraphModel model;
    private final TrainingSet training;
    private final TrainingSet pool;
    private final List<Slice> slices;
    private final InfluenceSettings influence;
    private final Settings settings;

    /**
     * Prepares an experiment.
     *
     * @param task the model and what it was trained on; the evaluation set is not used
     * @param pool what the steps are taken on
     */
    public CorrectionStudy(
            Classification task, TrainingSet pool, List<Slice> slices, InfluenceSettings influence, Settings settings) {
        this.model = task.model();
        this.training = task.training();
        this.pool = pool;
        this.slices = List.copyOf(slices);
        this.influence = influence;
        this.settings = settings;
    }

    /** Takes all courses that are not on file yet. */
    public List<Course> run(Results results, StudyListener listener) {
        INDArray theta = model.parameterValues();
        List<Course> courses = new ArrayList<>();
        int total = slices.size() * Arm.values().length * settings.repetitions();
        InfluenceSettings ofTraining = new InfluenceSettings(influence.matrix(), onTraining(), influence.candidates());
        try (Scoring scoring = new Scoring(model, pool, ofTraining)) {
            for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
                for (Slice slice : slices) {
                    for (Arm arm : Arm.values()) {
                        listener.progress(courses.size(), total);
                        int number = repetition;
                        String key = String.format(Locale.ROOT, "%s, %s, repetition %d", slice.name(), arm, repetition);
                        courses.add(results.of(key, Course.class, () -> course(scoring, slice, arm, number)));
                        model.setParameterValues(theta);
                    }
                }
            }
        } finally {
            model.setParameterValues(theta);
        }
        listener.progress(total, total);
        return courses;
    }

    /** The solver, of the curvature of the training set whatever the pool is. */
    private InverseHvp onTraining() {
        Curvature curvature = Curvature.of(influence.matrix(), model, training);
        return pool == training
                ? influence.solver()
                : (ofPool, vectors, progress) -> influence.solver().solveAll(curvature, vectors, progress);
    }

    private Course course(Scoring scoring, Slice slice, Arm arm, int repetition) {
        List<Score> scores = new ArrayList<>(List.of(score(slice, 0)));
        List<List<Integer>> chosen = new ArrayList<>();
        for (int iteration = 1; iteration <= settings.iterations(); iteration++) {
            // the same anchors for every arm
            Random random = new Random(31L * (31L * settings.seed() + repetition) + iteration);
            int[] anchors = draw(random, slice.validation().size(), settings.anchors());
            int[] ids = arm == Arm.ANCHORS
                    ? anchors
                    : choose(scoring, slice.validation().batch(anchors), arm, random);
            TrainingSet source = arm == Arm.ANCHORS ? slice.validation() : pool;
            if (ids.length > 0) {
                Steps.descend(model, source.batch(ids), settings.learningRate());
            }
            chosen.add(Arrays.stream(ids).boxed().toList());
            scores.add(score(slice, iteration));
        }
        return new Course(slice.name(), arm, repetition, scores, chosen);
    }

    /** Fewer than asked for if fewer of the nearest help, or harm. */
    private int[] choose(Scoring scoring, Batch anchors, Arm arm, Random random) {
        if (arm == Arm.RANDOM) {
            return draw(random, pool.size(), settings.examples());
        }
        List<Influence> nearest = scoring.nearest(anchors);
        List<Influence> order = arm == Arm.HELPFUL
                ? Scoring.mostHelpfulFirst(nearest).stream()
                        .filter(one -> one.value() < 0)
                        .toList()
                : Scoring.mostHarmfulFirst(nearest).stream()
                        .filter(one -> one.value() > 0)
                        .toList();
        return Scoring.ids(order, settings.examples());
    }

    private static int[] draw(Random random, int size, int count) {
        if (count >= size) {
            return IntStream.range(0, size).toArray();
        }
        return random.ints(0, size).distinct().limit(count).toArray();
    }

    private Score score(Slice slice, int iteration) {
        Predictions test = Predictions.of(model, slice.test());
        Predictions validation = Predictions.of(model, slice.validation());
        return new Score(iteration, test.accuracy(), test.meanLoss(), validation.accuracy(), validation.meanLoss());
    }
}
