package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.loss.BaseLoss;

/**
 * SameDiff's loss operations, as the losses of single examples: a mean over everything is the mean over the examples of
 * their own means. Arguments are predictions, weights (which must be one constant number) and labels.
 */
final class LossRules {
    interface Rule {
        /** The loss of each example, [n], of which the operation's value is the mean (or the sum). */
        Node apply(Call call);
    }

    /** The losses [n, ...] that the operation reduces. */
    private interface Elements {
        Node of(Tensors ops, Node predictions, Node labels, Call call);
    }

    private static final Map<String, Rule> RULES = new TreeMap<>();

    static {
        weighted("mean_sqerr_loss", (t, p, y, c) -> t.apply(Pointwise.pow(2), t.subtract(p, y)));
        weighted("absolute_difference_loss", (t, p, y, c) -> t.apply(Pointwise.abs(), t.subtract(p, y)));
        weighted("sigm_cross_entropy_loss", (t, p, y, c) -> {
            requireNoSmoothing(c);
            return t.subtract(t.apply(Pointwise.softplus(), p), t.multiply(y, p));
        });
        weighted("softmax_cross_entropy_loss", (t, p, y, c) -> {
            requireNoSmoothing(c);
            return crossEntropy(t, p, y);
        });
        weighted("log_loss", (t, p, y, c) -> {
            Pointwise safe = Pointwise.shift(c.real(0, 0));
            Node q = t.apply(Pointwise.shift(1), t.scale(p, -1));
            Node rest = t.apply(Pointwise.shift(1), t.scale(y, -1));
            Node sum = t.add(
                    t.multiply(y, t.apply(Pointwise.log(), t.apply(safe, p))),
                    t.multiply(rest, t.apply(Pointwise.log(), t.apply(safe, q))));
            return t.scale(sum, -1);
        });
        weighted("hinge_loss", (t, p, y, c) -> {
            Node signs = t.apply(Pointwise.shift(-1), t.scale(y, 2));
            return t.apply(Pointwise.relu(), t.apply(Pointwise.shift(1), t.scale(t.multiply(signs, p), -1)));
        });
        RULES.put("softmax_cross_entropy_loss_with_logits", c -> {
            if (c.integer(0, -1) != -1 && c.integer(0, -1) != 1) {
                throw new Unsupported("softmax cross-entropy over a dimension other than the last");
            }
            return crossEntropy(c.ops(), c.in(0), c.in(1));
        });
        RULES.put("sparse_softmax_cross_entropy_loss_with_logits", c -> c.ops()
                .scale(c.ops().pick(c.ops().logSoftmax(c.in(1)), c.in(0)), -1));
    }

    private LossRules() {}

    static Set<String> supported() {
        return RULES.keySet();
    }

    static @Nullable Rule find(String name) {
        return RULES.get(name);
    }

    private static Node crossEntropy(Tensors t, Node logits, Node labels) {
        return t.scale(t.sum(t.multiply(labels, t.logSoftmax(logits)), -1), -1);
    }

    private static void requireNoSmoothing(Call c) {
        if (c.real(0, 0) != 0) {
            throw new Unsupported("label smoothing");
        }
    }

    private static void weighted(String name, Elements elements) {
        RULES.put(name, c -> reduced(c, elements.of(c.ops(), c.in(0), c.in(2), c)));
    }

    private static Node reduced(Call c, Node losses) {
        INDArray weight = c.constants().apply(1);
        if (weight == null || weight.length() != 1) {
            throw new Unsupported(c.op().opName() + " with weights other than one constant number");
        }
        double w = weight.getDouble(0);
        LossReduce reduce = ((BaseLoss) c.op()).getLossReduce();
        return switch (reduce) {
            case SUM -> c.ops().scale(c.ops().sum(losses), w);
            case MEAN_BY_WEIGHT -> c.ops().mean(losses);
            case MEAN_BY_NONZERO_WEIGHT_COUNT -> c.ops().scale(c.ops().mean(losses), w);
            case NONE -> c.ops().scale(losses, w);
        };
    }
}
