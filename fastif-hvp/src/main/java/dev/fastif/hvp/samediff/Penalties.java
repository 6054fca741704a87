package dev.fastif.hvp.samediff;

import dev.fastif.core.Regularizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The penalties of a TrainingConfig, on all variables alike: {@code c/2 |theta|^2}, where weight decay that the learning rate does
 * not scale is as strong as {@code c / rate}; and {@code c |theta|_1}.
 *
 * @param square the coefficient of {@code |theta|^2}
 * @param absolute the coefficient of {@code |theta|_1}
 */
record Penalties(double square, double absolute) {
    static Penalties of(@Nullable TrainingConfig config) {
        if (config == null || config.getRegularization() == null) {
            return new Penalties(0, 0);
        }
        Optional<IUpdater> updater = Optional.ofNullable(config.getUpdater());
        return config.getRegularization().stream()
                .map(penalty -> of(penalty, updater))
                .reduce(new Penalties(0, 0), Penalties::plus);
    }

    private Penalties plus(Penalties other) {
        return new Penalties(square + other.square, absolute + other.absolute);
    }

    private static Penalties of(Regularization penalty, Optional<IUpdater> updater) {
        if (penalty instanceof L2Regularization l2) {
            return new Penalties(fixed(l2.getL2(), penalty) / 2, 0);
        }
        if (penalty instanceof WeightDecay decay) {
            double coefficient = fixed(decay.getCoeff(), penalty) / 2;
            return new Penalties(decay.isApplyLR() ? coefficient : coefficient / rate(updater, penalty), 0);
        }
        if (penalty instanceof L1Regularization l1) {
            return new Penalties(0, fixed(l1.getL1(), penalty));
        }
        throw Refusal.UNKNOWN_PENALTY.ofGraph(penalty);
    }

    boolean isNone() {
        return square == 0 && absolute == 0;
    }

    private static double fixed(ISchedule schedule, Regularization penalty) {
        if (schedule instanceof FixedSchedule) {
            return schedule.valueAt(0, 0);
        }
        throw Refusal.CHANGING_PENALTY.ofGraph(penalty);
    }

    /** The learning rate; updaters without one take steps as long as the gradient. */
    private static double rate(Optional<IUpdater> updater, Regularization penalty) {
        if (updater.isEmpty() || !updater.get().hasLearningRate()) {
            return 1;
        }
        double now = updater.get().getLearningRate(0, 0);
        if (now != updater.get().getLearningRate(1_000_000, 1_000)) {
            throw Refusal.CHANGING_RATE.ofGraph(penalty);
        }
        return now;
    }

    /** The penalties beside a mean of losses, of which the batch's objective has this many times as much. */
    Regularizer over(List<SDVariable> trained, int times) {
        if (isNone()) {
            return Regularizer.none();
        }
        Map<String, Double> squares = new LinkedHashMap<>();
        Map<String, Double> absolutes = new LinkedHashMap<>();
        trained.forEach(variable -> {
            squares.put(variable.name(), square / times);
            absolutes.put(variable.name(), absolute / times);
        });
        return Regularizer.weightDecay(squares).plusAbsolute(absolutes);
    }
}
