package dev.fastif.hvp.dl4j;

import dev.fastif.core.Regularizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The penalties of a configuration as a {@link Regularizer}. DL4J's L2 and weight decay are {@code c/2 |theta|^2}; weight
 * decay that the learning rate does not scale is as strong as {@code c / rate}, the rate of an updater without one being 1. L1 is
 * {@code c |theta|_1}. Layers that wrap others pass the question on.
 */
final class Penalties {
    private final Map<String, Double> squares = new LinkedHashMap<>();
    private final Map<String, Double> absolutes = new LinkedHashMap<>();

    private Penalties() {}

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException if what they are beside the mean loss is not in the configuration
     */
    static Regularizer of(Source source) {
        Penalties found = new Penalties();
        source.trained().forEach(found::read);
        if (found.squares.isEmpty() && found.absolutes.isEmpty()) {
            return Regularizer.none();
        }
        if (!source.averages()) {
            throw unknown(
                    "with miniBatch(false) training sums the losses of a minibatch, so that the strength of the penalties on "
                            + found.names()
                            + " beside the mean loss depends on its size: divide their coefficients by it");
        }
        return Regularizer.weightDecay(found.squares).plusAbsolute(found.absolutes);
    }

    private String names() {
        Map<String, Double> all = new LinkedHashMap<>(squares);
        all.putAll(absolutes);
        return all.keySet().toString();
    }

    private void read(String name, Source.Owner owner) {
        TrainingConfig trained = trainedBy(owner.step());
        @Nullable
        List<Regularization> penalties = trained == null ? null : trained.getRegularizationByParam(owner.key());
        if (trained == null || penalties == null) {
            return;
        }
        for (Regularization penalty : penalties) {
            if (penalty instanceof L2Regularization l2) {
                add(squares, name, fixed(l2.getL2(), "l2", owner) / 2);
            } else if (penalty instanceof WeightDecay decay) {
                double coefficient = fixed(decay.getCoeff(), "weightDecay", owner) / 2;
                double rate = decay.isApplyLR() ? 1 : rate(trained, owner);
                add(squares, name, coefficient == 0 ? 0 : coefficient / rate);
            } else if (penalty instanceof L1Regularization l1) {
                add(absolutes, name, fixed(l1.getL1(), "l1", owner));
            } else {
                throw unknown("the regularization " + penalty + " of " + owner.step() + " is not known");
            }
        }
    }

    /** Whose configuration DL4J trains by: of vertices those that have parameters are like layers. */
    private static @Nullable TrainingConfig trainedBy(Source.Step step) {
        return step.vertex() instanceof SameDiffVertex vertex ? vertex : inside(step.layer());
    }

    /** What a wrapper wraps, by whose configuration it is trained. */
    static @Nullable Layer inside(@Nullable Layer layer) {
        return layer instanceof BaseWrapperLayer wrapper ? inside(wrapper.getUnderlying()) : layer;
    }

    private static void add(Map<String, Double> coefficients, String name, double coefficient) {
        if (coefficient > 0) {
            coefficients.merge(name, coefficient, Double::sum);
        }
    }

    private static double fixed(ISchedule schedule, String what, Source.Owner owner) {
        double value = schedule.valueAt(0, 0);
        if (schedule instanceof FixedSchedule) {
            return value;
        }
        throw unknown(what + " of " + owner.step() + " changes during training, by " + schedule);
    }

    private static double rate(TrainingConfig trained, Source.Owner owner) {
        IUpdater updater = trained.getUpdaterByParam(owner.key());
        if (!updater.hasLearningRate()) {
            return 1;
        }
        double rate = updater.getLearningRate(0, 0);
        if (rate > 0 && rate == updater.getLearningRate(1_000_000, 1_000)) {
            return rate;
        }
        throw unknown(
                "weightDecay(c, false) of " + owner.step() + " is as strong as c / rate, and the learning rate is "
                        + rate + (rate > 0 ? " at first and changes" : ""));
    }

    private static IllegalArgumentException unknown(String what) {
        return new IllegalArgumentException(
                what + ". Say what the penalty is beside the mean loss: Dl4jModel.builder(net).regularizer(...)");
    }
}
