package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The weights of a loss operation's losses [n, ...].
 *
 * @param node one number, or of the rank of the losses
 * @param constant their value if that is no example's own, or null
 */
record Weights(Call call, Node node, @Nullable INDArray constant) {

    static Weights of(Call call) {
        INDArray constant = call.constantOrNull(1);
        if (constant != null && constant.rank() > 0 && constant.size(0) != 1) {
            throw Refusal.CONSTANT_WEIGHTS.of(Arrays.toString(constant.shape()));
        }
        Node node = call.in(1);
        if (call.rank(1) == 1 && constant == null && call.op().opName().equals("softmax_cross_entropy_loss")) {
            node = call.ops().insertAxis(node, -1); // [n], beside losses [n, 1]
        }
        return new Weights(call, node, constant);
    }

    Node times(Node losses) {
        return weighted(losses, node);
    }

    private Node weighted(Node losses, Node weights) {
        Tensors t = call.ops();
        return constant != null && constant.length() == 1
                ? t.scale(losses, constant.getDouble(0))
                : t.multiply(losses, t.stretch(weights, losses, "weights"));
    }

    /** The share of each example, [n], in the mean that the operation takes. */
    Node mean(Node losses) {
        Tensors t = call.ops();
        boolean byWeight = LossRules.reduction(call.op()) == LossReduce.MEAN_BY_WEIGHT;
        if (constant != null) {
            double divisor = byWeight
                    ? constant.sumNumber().doubleValue()
                    : constant.neq(0).castTo(constant.dataType()).sumNumber().doubleValue();
            return t.scale(t.mean(times(losses)), divisor == 0 ? 0 : constant.length() / divisor);
        }
        if (byWeight) {
            throw Refusal.MEAN_BY_WEIGHT.of();
        }
        return t.mean(weighted(losses, t.requireNoZeros(node, Refusal.ZERO_WEIGHT.says())));
    }
}
