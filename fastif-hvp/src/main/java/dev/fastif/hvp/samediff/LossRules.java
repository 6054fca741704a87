package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.linalg.api.ops.impl.loss.BaseLoss;
import org.nd4j.linalg.api.ops.impl.loss.L2Loss;

/**
 * SameDiff's loss operations. Most take predictions, weights and labels; the others, which are never reduced, have the
 * losses of single examples as their value.
 */
final class LossRules {
    /** The losses [n, ...] that the operation reduces, before weights. */
    interface Rule {
        Node losses(Call call);
    }

    private interface Elements {
        Node of(Tensors ops, Node predictions, Node labels, Call call);
    }

    private static final Map<String, Rule> RULES = Collections.unmodifiableMap(rules());

    private static Map<String, Rule> rules() {
        Map<String, Rule> rules = new TreeMap<>();
        elementwise(rules);
        ofVectors(rules);
        weighted(rules, "log_loss", (t, p, y, c) -> {
            Pointwise safe = Pointwise.shift(c.real(0, 0));
            Node sum = t.add(
                    t.multiply(y, t.apply(Pointwise.log(), t.apply(safe, p))),
                    t.multiply(rest(t, y), t.apply(Pointwise.log(), t.apply(safe, rest(t, p)))));
            return t.scale(sum, -1);
        });
        weighted(rules, "log_poisson_loss", (t, p, y, c) -> {
            Node loss = t.subtract(t.apply(Pointwise.exp(), p), t.multiply(y, p));
            if (c.integer(1, 0) == 0) {
                return loss;
            }
            // Stirling's approximation of log y!
            Node logs = t.apply(Pointwise.log(), y);
            Node half = t.apply(Pointwise.shift(Math.log(2 * Math.PI) / 2), t.scale(logs, 0.5));
            return t.add(loss, t.add(t.subtract(t.multiply(y, logs), y), half));
        });
        return rules;
    }

    private LossRules() {}

    private static void elementwise(Map<String, Rule> rules) {
        weighted(rules, "mean_sqerr_loss", (t, p, y, c) -> t.apply(Pointwise.pow(2), t.subtract(p, y)));
        weighted(rules, "absolute_difference_loss", (t, p, y, c) -> t.apply(Pointwise.abs(), t.subtract(p, y)));
        weighted(rules, "huber_loss", (t, p, y, c) -> t.apply(Pointwise.huber(c.real(0, 1)), t.subtract(p, y)));
        weighted(rules, "sigm_cross_entropy_loss", (t, p, y, c) -> {
            double smoothing = c.real(0, 0);
            Node labels = t.apply(Pointwise.shift(smoothing / 2), t.scale(y, 1 - smoothing));
            return t.subtract(t.apply(Pointwise.softplus(), p), t.multiply(labels, p));
        });
        weighted(rules, "hinge_loss", (t, p, y, c) -> {
            Node signs = t.apply(Pointwise.shift(-1), t.scale(y, 2));
            return t.apply(Pointwise.relu(), rest(t, t.multiply(signs, p)));
        });
    }

    private static void ofVectors(Map<String, Rule> rules) {
        weighted(rules, "softmax_cross_entropy_loss", (t, p, y, c) -> smoothed(c, t.logSoftmax(p), y));
        weighted(rules, "cosine_distance_loss", (t, p, y, c) -> {
            int axis = (int) c.integer(1, -1);
            if (axis == 0) {
                throw Refusal.LOSS_DIMENSION.of("cosine distance");
            }
            return rest(t, t.insertAxis(t.sum(t.multiply(p, y), axis), axis));
        });
        rules.put("l2_loss", c -> c.ops().scale(c.ops().apply(Pointwise.pow(2), c.in(0)), 0.5));
        rules.put("softmax_cross_entropy_loss_with_logits", c -> {
            int axis = (int) c.integer(0, -1);
            if (axis == 0) {
                throw Refusal.LOSS_DIMENSION.of("softmax cross-entropy");
            }
            Tensors t = c.ops();
            Node labels = t.requireShape(c.in(1), "labels", c.in(0), "logits");
            return axis == -1
                    ? crossEntropy(t, t.logSoftmax(c.in(0)), labels)
                    : crossEntropy(t, t.logSoftmax(t.moveAxis(c.in(0), axis, -1)), t.moveAxis(labels, axis, -1));
        });
        rules.put("sparse_softmax_cross_entropy_loss_with_logits", c -> c.ops()
                .scale(c.ops().pick(c.ops().logSoftmax(c.in(1)), c.in(0)), -1));
    }

    static Set<String> supported() {
        return RULES.keySet();
    }

    static @Nullable Rule find(String name) {
        return RULES.get(name);
    }

    private static void weighted(Map<String, Rule> rules, String name, Elements elements) {
        rules.put(name, c -> {
            Node labels = c.ops().requireShape(c.in(2), "labels", c.in(0), "predictions");
            return elements.of(c.ops(), c.in(0), labels, c);
        });
    }

    /** 1 - x. */
    private static Node rest(Tensors t, Node x) {
        return t.apply(Pointwise.shift(1), t.scale(x, -1));
    }

    private static Node crossEntropy(Tensors t, Node logSoftmax, Node labels) {
        return t.scale(t.sum(t.multiply(labels, logSoftmax), -1), -1);
    }

    /** Cross-entropy with labels that smoothing draws to equal probabilities: of labels [n, c] it is [n, 1], as in SameDiff. */
    private static Node smoothed(Call c, Node logSoftmax, Node labels) {
        Tensors t = c.ops();
        Node loss = crossEntropy(t, logSoftmax, labels);
        double smoothing = c.real(0, 0);
        boolean matrix = c.rank(2) == 2 || c.rank(2) == Call.UNKNOWN;
        if (smoothing == 0) {
            return matrix ? t.insertAxis(loss, -1) : loss;
        }
        if (!matrix) {
            throw Refusal.SMOOTHING.of();
        }
        Node even = t.scale(t.mean(logSoftmax, -1), -smoothing);
        return t.insertAxis(t.add(t.scale(loss, 1 - smoothing), even), -1);
    }

    /** How SameDiff reduces the losses; those that it does not reduce it sums to train them. */
    static LossReduce reduction(DifferentialFunction op) {
        return op instanceof BaseLoss loss
                ? loss.getLossReduce()
                : op instanceof L2Loss ? LossReduce.SUM : LossReduce.NONE;
    }

    /** Whether the operation's value is one number for a batch. */
    static boolean isReduced(DifferentialFunction op) {
        return RULES.containsKey(op.opName()) && reduction(op) != LossReduce.NONE;
    }

    /** The losses [n, ...] times their weights: what the operation gives without reduction. */
    static Node weightedLosses(Call c, Rule rule) {
        Node losses = rule.losses(c);
        return c.op() instanceof BaseLoss ? Weights.of(c).times(losses) : losses;
    }

    /** The share of each example, [n], in a loss that is the sum or the mean of these. */
    static Objective.Term term(Call c, Rule rule) {
        Tensors t = c.ops();
        return switch (reduction(c.op())) {
            case NONE, SUM -> Objective.Term.sum(t.sum(weightedLosses(c, rule)));
            case MEAN_BY_WEIGHT, MEAN_BY_NONZERO_WEIGHT_COUNT ->
                Objective.Term.mean(Weights.of(c).mean(rule.losses(c)));
        };
    }
}
