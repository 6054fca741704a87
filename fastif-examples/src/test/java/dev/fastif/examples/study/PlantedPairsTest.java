package dev.fastif.examples.study;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Influence;
import dev.fastif.core.Progress;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.examples.nli.HansTag;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.PlantedData;
import dev.fastif.hvp.ConjugateGradient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The encoder on pairs with a planted truth: a few training pairs alone carry a subcase of HANS. */
final class PlantedPairsTest {
    private static final int TRAINING = 240;
    private static final int CARRIERS = 8;
    private static final int EVALUATION = 12;

    @Test
    void carriersAreAmongTheNearest(@TempDir Path work) {
        PlantedData planted = PlantedData.generated(HansTag.of("cn_adverb"), TRAINING, CARRIERS, EVALUATION, 7);
        try (NliTask task = NliTask.open(
                planted.data().texts(LabelScheme.TWO_WAY), work, new NliTask.Settings(128, 0), Progress.none())) {
            task.fineTune(new FineTuning(2, 16, 3e-4, 5, 0), (done, total) -> {});
            InfluenceSettings settings = new InfluenceSettings(
                    CurvatureMatrix.HESSIAN,
                    ConjugateGradient.builder()
                            .damping(50)
                            .examples(16)
                            .tolerance(0.1)
                            .build(),
                    TRAINING);
            List<Double> influential = new ArrayList<>();
            List<Double> near = new ArrayList<>();
            try (Scoring scoring = new Scoring(task.model(), task.trainingSet(), settings)) {
                for (int i = 0; i < EVALUATION; i++) {
                    List<Influence> nearest =
                            scoring.nearest(task.evaluationSet().batch(i));
                    near.add(share(planted, nearest));
                    influential.add(share(planted, Scoring.largestFirst(nearest)));
                }
            }
            double random = 24.0 / TRAINING;
            System.out.printf(
                    "carriers among the 24 most influential: %.2f, among the 24 nearest: %.2f, by chance: %.2f%n",
                    Summary.of(influential).mean(), Summary.of(near).mean(), random);
            // Carriers that the model has learned have next to no gradient, so only their nearness is certain; that
            // they are
            // influential where it errs is held by StudiesTest.
            assertTrue(Summary.of(near).mean() > 2 * random, near::toString);
        }
    }

    /** Which share of the carriers is among the first 24. */
    private static double share(PlantedData planted, List<Influence> order) {
        return order.stream()
                        .limit(24)
                        .filter(one -> planted.carriers().contains(one.id()))
                        .count()
                / (double) CARRIERS;
    }
}
