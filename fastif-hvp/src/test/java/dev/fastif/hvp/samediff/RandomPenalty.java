package dev.fastif.hvp.samediff;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/** What the TrainingConfig of a random graph adds to its loss. */
@SuppressWarnings("ImmutableEnumChecker") // SameDiff's regularizations have setters, which nobody calls
enum RandomPenalty {
    NONE(null),
    L1(new L1Regularization(0.2)),
    L2(new L2Regularization(0.3)),
    DECAY(new WeightDecay(0.4, true)),
    DECAY_WITHOUT_RATE(new WeightDecay(0.05, false));

    private static final double RATE = 0.1;

    private final Optional<Regularization> penalty;

    RandomPenalty(@Nullable Regularization penalty) {
        this.penalty = Optional.ofNullable(penalty);
    }

    static RandomPenalty of(Random random) {
        return values()[random.nextInt(values().length)];
    }

    void configure(SameDiff sd) {
        penalty.ifPresent(given -> {
            TrainingConfig config = TrainingConfig.builder()
                    .updater(new Sgd(RATE))
                    .skipBuilderValidation(true)
                    .build();
            config.setRegularization(List.of(given));
            sd.setTrainingConfig(config);
        });
    }

    /** What the penalty adds to the gradient of what is trained, by the regularization's own code: a step of training by its rate. */
    INDArray gradient(INDArray parameter) {
        INDArray step = parameter.ulike().assign(0);
        penalty.ifPresent(given -> given.apply(parameter, step, RATE, 0, 0));
        boolean isStep = penalty.map(Regularization::applyStep)
                .filter(Regularization.ApplyStep.POST_UPDATER::equals)
                .isPresent();
        return isStep ? step.divi(RATE) : step;
    }
}
