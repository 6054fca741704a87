package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Softmax and normalizations, at inference. */
final class NormalizationRules {
    private NormalizationRules() {}

    static Map<String, OpRules.Rule> rules() {
        Map<String, OpRules.Rule> rules = new HashMap<>();
        rules.put("softmax", c -> along(c, (int) c.integer(0, -1), c.ops()::softmax));
        rules.put("log_softmax", c -> along(c, (int) c.integer(0, -1), c.ops()::logSoftmax));
        rules.put("standardize", c -> along(c, oneAxis(c), x -> standardized(c, x)));
        rules.put("layer_norm", c -> {
            Node y = along(c, oneAxis(c), x -> standardized(c, x));
            boolean first = c.flag(0);
            Node channels = first ? c.ops().moveAxis(y, 1, -1) : y;
            Node scaled = c.ops().multiply(channels, c.in(1));
            Node shifted = c.has(2) ? c.ops().add(scaled, c.in(2)) : scaled;
            return first ? c.ops().moveAxis(shifted, -1, 1) : shifted;
        });
        rules.put("batchnorm", NormalizationRules::batchNorm);
        return rules;
    }

    private static Node standardized(Call c, Node x) {
        String equal =
                c.op().opName() + " of equal numbers, whose variance is 0, which an example of the batch leads to:"
                        + " leave the example out";
        return c.ops().normalize(c.ops().requireSpread(x, equal), 0);
    }

    private static int oneAxis(Call c) {
        if (c.axes().length != 1) {
            throw Refusal.SEVERAL_DIMENSIONS.of(c.op().opName());
        }
        return c.axes()[0];
    }

    private static Node along(Call c, int axis, UnaryOperator<Node> function) {
        return axis == -1
                ? function.apply(c.in(0))
                : c.ops().moveAxis(function.apply(c.ops().moveAxis(c.in(0), axis, -1)), -1, axis);
    }

    /** Arguments: x, mean, variance, and gamma and beta if they are applied. */
    private static Node batchNorm(Call c) {
        Tensors ops = c.ops();
        boolean gamma = c.integer(0, 0) == 1;
        boolean beta = c.integer(1, 0) == 1;
        if (c.ints().length > 3) {
            throw Refusal.SEVERAL_DIMENSIONS.of("batchnorm");
        }
        return along(c, (int) c.integer(2, -1), x -> {
            Node variance = ops.apply(Pointwise.shift(c.real(0, 1e-5)), c.in(2));
            Node deviation = ops.apply(Pointwise.pow(-0.5), variance);
            Node y = ops.multiply(ops.subtract(x, c.in(1)), deviation);
            y = gamma ? ops.multiply(y, c.in(3)) : y;
            return beta ? ops.add(y, c.in(gamma ? 4 : 3)) : y;
        });
    }
}
