package dev.fastif.hvp.samediff;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/** The penalties of a TrainingConfig: {@code c/2 |theta|^2}. L1 has no curvature. */
final class Penalties {
    private Penalties() {}

    static double coefficient(@Nullable List<Regularization> penalties) {
        return penalties == null
                ? 0
                : penalties.stream().mapToDouble(Penalties::half).sum();
    }

    private static double half(Regularization penalty) {
        if (penalty instanceof L2Regularization l2) {
            return l2.getL2().valueAt(0, 0) / 2;
        }
        if (penalty instanceof WeightDecay decay && decay.isApplyLR()) {
            return decay.getCoeff().valueAt(0, 0) / 2;
        }
        if (penalty instanceof L1Regularization) {
            return 0;
        }
        throw new IllegalArgumentException("no Hessian of the regularization " + penalty
                + ": use L2Regularization, or WeightDecay that the learning rate scales");
    }
}
