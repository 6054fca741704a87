package dev.fastif.hvp.dl4j;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What DL4J holds parameters to after each step of training. Where parameters lie inside of their bounds these change nothing
 * around them. Where they lie at one, training has not ended at a minimum of the loss, from which influence is derived.
 */
final class Constraints {
    /** How near to a bound is at it: a projection leaves norms as near as the type of the numbers and its epsilon allow. */
    private static final double NEAR = 1e-4;

    private Constraints() {}

    /**
     * Makes sure that no constraint holds a trained parameter.
     *
     * @throws IllegalArgumentException if one does, or if it is not known where it would
     */
    static void requireNoneHolds(Source source) {
        source.trained().forEach((name, owner) -> {
            INDArray values = Objects.requireNonNull(source.parameters().get(name));
            for (LayerConstraint constraint : of(owner.step().layer(), owner.key())) {
                if (holds(constraint, values)) {
                    throw refusal(constraint, name, owner.step());
                }
            }
        });
    }

    private static IllegalArgumentException refusal(LayerConstraint constraint, String name, Source.Step step) {
        return new IllegalArgumentException(String.format(
                Locale.ROOT,
                "%s of %s holds '%s' at its bound, or may: training ended where the loss would go on to fall, and influence is derived"
                        + " from a minimum. Train on without it, net.getLayer(...).conf().getLayer().setConstraints(null) and then fit,"
                        + " or with an l2 in its place; or freeze the layer",
                constraint.getClass().getSimpleName(),
                step,
                name));
    }

    /** The constraints of a parameter: wrappers leave theirs to what they wrap. */
    private static List<LayerConstraint> of(@Nullable Layer layer, String key) {
        Layer inside = Penalties.inside(layer);
        if (inside instanceof Bidirectional both) {
            return of(key.startsWith("f") ? both.getFwd() : both.getBwd(), key.substring(1));
        }
        @Nullable List<LayerConstraint> all = inside == null ? null : inside.getConstraints();
        return all == null
                ? List.of()
                : all.stream().filter(each -> each.getParams().contains(key)).toList();
    }

    private static boolean holds(LayerConstraint constraint, INDArray values) {
        if (constraint instanceof NonNegativeConstraint) {
            return values.minNumber().doubleValue() <= 0;
        }
        if (constraint instanceof MaxNormConstraint most) {
            return largest(values, most.getDimensions()) > most.getMaxNorm() * (1 - NEAR);
        }
        if (constraint instanceof MinMaxNormConstraint both) {
            return largest(values, both.getDimensions()) > both.getMax() * (1 - NEAR)
                    || smallest(values, both.getDimensions()) < both.getMin() * (1 + NEAR);
        }
        return true;
    }

    private static double largest(INDArray values, int... dimensions) {
        return values.norm2(dimensions).maxNumber().doubleValue();
    }

    private static double smallest(INDArray values, int... dimensions) {
        return values.norm2(dimensions).minNumber().doubleValue();
    }
}
