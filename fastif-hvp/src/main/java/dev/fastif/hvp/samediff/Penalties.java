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
 * The penalties of a TrainingConfig, on all variables alike: {@code c/2 |theta|^2}; weight decay that the learning rate does
 * not scale is as strong as {@code c / rate}. L1 has no curvature.
 *
 * @param coefficient of {@code |theta|^2}
 */
record Penalties(double coefficient) {
    static Penalties of(@Nullable TrainingConfig config) {
        if (config == null || config.getRegularization() == null) {
            return new Penalties(0);
        }
        return new Penalties(config.getRegularization().stream()
                .mapToDouble(penalty -> half(penalty, Optional.ofNullable(config.getUpdater())))
                .sum());
    }

    private static double half(Regularization penalty, Optional<IUpdater> updater) {
        if (penalty instanceof L2Regularization l2) {
            return fixed(l2.getL2(), penalty) / 2;
        }
        if (penalty instanceof WeightDecay decay) {
            double coefficient = fixed(decay.getCoeff(), penalty) / 2;
            return decay.isApplyLR() ? coefficient : coefficient / rate(updater, penalty);
        }
        if (penalty instanceof L1Regularization) {
            return 0;
        }
        throw new IllegalArgumentException(
                "no Hessian of the regularization " + penalty + ": use L2Regularization or WeightDecay");
    }

    private static double fixed(ISchedule schedule, Regularization penalty) {
        if (schedule instanceof FixedSchedule) {
            return schedule.valueAt(0, 0);
        }
        throw new IllegalArgumentException(
                "the strength of " + penalty + " changes while SameDiff trains: set that of the last step as a number");
    }

    /** The learning rate; updaters without one take steps as long as the gradient. */
    private static double rate(Optional<IUpdater> updater, Regularization penalty) {
        if (updater.isEmpty() || !updater.get().hasLearningRate()) {
            return 1;
        }
        double now = updater.get().getLearningRate(0, 0);
        if (now != updater.get().getLearningRate(1_000_000, 1_000)) {
            throw new IllegalArgumentException("the strength of " + penalty
                    + " is its coefficient divided by the learning rate, which changes: use weight decay with applyLR");
        }
        return now;
    }

    /** The penalties beside a mean of losses, of which the batch's objective has this many times as much. */
    Regularizer over(List<SDVariable> trained, int times) {
        if (coefficient == 0) {
            return Regularizer.none();
        }
        Map<String, Double> each = new LinkedHashMap<>();
        trained.forEach(variable -> each.put(variable.name(), coefficient / times));
        return Regularizer.weightDecay(each);
    }
}
