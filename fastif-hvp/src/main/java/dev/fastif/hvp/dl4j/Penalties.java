package dev.fastif.hvp.dl4j;

import dev.fastif.core.Regularizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * The penalties of a configuration as a {@link Regularizer}. DL4J's L2 and weight decay are {@code c/2 |theta|^2}; weight
 * decay that the learning rate does not scale is as strong as {@code c / rate}. L1 has no curvature.
 */
final class Penalties {
    private Penalties() {}

    static Regularizer of(Source source) {
        Map<String, Double> coefficients = new LinkedHashMap<>();
        source.trained().forEach((name, owner) -> {
            double coefficient = coefficient(owner);
            if (coefficient > 0) {
                coefficients.put(name, coefficient);
            }
        });
        return coefficients.isEmpty() ? Regularizer.none() : Regularizer.weightDecay(coefficients);
    }

    private static double coefficient(Source.Owner owner) {
        Layer layer = owner.step().layer();
        @Nullable List<Regularization> penalties = layer == null ? null : layer.getRegularizationByParam(owner.key());
        if (layer == null || penalties == null) {
            return 0;
        }
        return penalties.stream()
                .mapToDouble(penalty -> half(penalty, layer, owner.key()))
                .sum();
    }

    private static double half(Regularization penalty, Layer layer, String key) {
        if (penalty instanceof L2Regularization l2) {
            return l2.getL2().valueAt(0, 0) / 2;
        }
        if (penalty instanceof WeightDecay decay) {
            double coefficient = decay.getCoeff().valueAt(0, 0) / 2;
            return decay.isApplyLR() ? coefficient : coefficient / rate(layer, key);
        }
        if (penalty instanceof L1Regularization) {
            return 0;
        }
        throw new IllegalArgumentException("no Hessian of the regularization " + penalty + " of " + layer);
    }

    private static double rate(Layer layer, String key) {
        return layer instanceof BaseLayer base ? base.getUpdaterByParam(key).getLearningRate(0, 0) : 1;
    }
}
