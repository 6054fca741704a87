package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Functions of each element. */
final class FunctionRules {
    private FunctionRules() {}

    static Map<String, OpRules.Rule> rules() {
        Map<String, OpRules.Rule> rules = new HashMap<>();
        smooth().forEach((name, function) -> rules.put(name, c -> c.ops().apply(function, c.in(0))));
        pieces().forEach((name, function) -> rules.put(name, c -> c.ops().apply(function, c.in(0))));
        withArguments(rules);
        compound(rules);
        return rules;
    }

    private static Map<String, Pointwise> smooth() {
        Map<String, Pointwise> functions = new HashMap<>();
        functions.put("square", Pointwise.pow(2));
        functions.put("cube", Pointwise.pow(3));
        functions.put("sqrt", Pointwise.pow(0.5));
        functions.put("rsqrt", Pointwise.pow(-0.5));
        functions.put("Reciprocal", Pointwise.pow(-1));
        functions.put("exp", Pointwise.exp());
        functions.put("log", Pointwise.log());
        functions.put("log1p", Pointwise.log1p());
        functions.put("erf", Pointwise.erf());
        functions.put("sin", Pointwise.sin());
        functions.put("cos", Pointwise.cos());
        functions.put("tanh", Pointwise.tanh());
        functions.put("sigmoid", Pointwise.sigmoid());
        functions.put("softplus", Pointwise.softplus());
        functions.put("softsign", Pointwise.softsign());
        functions.put("swish", Pointwise.swish());
        functions.put("mish", Pointwise.mish());
        functions.put("selu", Pointwise.selu());
        functions.put("gelu", Pointwise.geluSigmoid());
        functions.put("precise_gelu", Pointwise.geluTanhOfNd4j());
        functions.put("rational_tanh", Pointwise.rationalTanh());
        functions.put("tan", Pointwise.tan());
        functions.put("asin", Pointwise.asin());
        functions.put("atan", Pointwise.atan());
        functions.put("sinh", Pointwise.sinh());
        functions.put("cosh", Pointwise.cosh());
        functions.put("asinh", Pointwise.asinh());
        functions.put("acosh", Pointwise.acosh());
        functions.put("atanh", Pointwise.atanh());
        functions.put("expm1", Pointwise.expm1());
        return functions;
    }

    /** Functions with kinks or jumps. */
    private static Map<String, Pointwise> pieces() {
        Map<String, Pointwise> functions = new HashMap<>();
        functions.put("abs", Pointwise.abs());
        functions.put("hard_sigmoid", Pointwise.hardSigmoid());
        functions.put("hardtanh", Pointwise.clip(-1, 1));
        functions.put("rectified_tanh", Pointwise.rectifiedTanh());
        functions.put("sign", Pointwise.pieces("sign", Math::signum));
        functions.put("floor", Pointwise.pieces("floor", Math::floor));
        functions.put("ceil", Pointwise.pieces("ceil", Math::ceil));
        functions.put("round", Pointwise.pieces("round", x -> Math.signum(x) * Math.floor(Math.abs(x) + 0.5)));
        functions.put("zeroslike", Pointwise.pieces("zeroslike", x -> 0));
        functions.put("ones_as", Pointwise.pieces("ones_as", x -> 1));
        return functions;
    }

    private static void withArguments(Map<String, OpRules.Rule> rules) {
        rules.put("elu", c -> c.ops().apply(Pointwise.elu(c.real(0, 1)), c.in(0)));
        rules.put("pow", c -> c.ops().apply(Pointwise.pow(c.scalar()), c.in(0)));
        rules.put("Pow", c -> {
            INDArray exponent = c.constantOrNull(1);
            if (exponent == null || exponent.length() != 1) {
                throw Refusal.EXPONENT.of();
            }
            return c.ops().apply(Pointwise.pow(exponent.getDouble(0)), c.in(0));
        });
        rules.put("leakyrelu", c -> c.ops().apply(Pointwise.leakyRelu(c.scalar()), c.in(0)));
        rules.put("relu", c -> {
            // the cutoff is the least value, not what lower ones are cut to 0 by
            Pointwise function =
                    c.scalar() == 0 ? Pointwise.relu() : Pointwise.clamp(c.scalar(), Double.POSITIVE_INFINITY);
            return c.ops().apply(function, c.in(0));
        });
        rules.put("relu6", c -> {
            if (c.scalar() != 0) {
                throw Refusal.CUTOFF.of();
            }
            return c.ops().apply(Pointwise.clamp(0, 6), c.in(0));
        });
        rules.put("ClipByValue", c -> c.ops().apply(Pointwise.clamp(c.real(0, 0), c.real(1, 0)), c.in(0)));
        rules.put("step", c -> {
            double cutoff = c.scalar();
            return c.ops().apply(Pointwise.pieces("step(" + cutoff + ")", x -> x > cutoff ? 1 : 0), c.in(0));
        });
        rules.put("max_scalar", c -> c.ops().apply(Pointwise.clamp(c.scalar(), Double.POSITIVE_INFINITY), c.in(0)));
        rules.put("scalar_min", c -> c.ops().apply(Pointwise.clamp(Double.NEGATIVE_INFINITY, c.scalar()), c.in(0)));
    }

    private static void compound(Map<String, OpRules.Rule> rules) {
        rules.put("neg", c -> c.ops().scale(c.in(0), -1));
        rules.put("acos", c -> plus(c, minus(c, c.ops().apply(Pointwise.asin(), c.in(0))), Math.PI / 2));
        rules.put("erfc", c -> plus(c, minus(c, c.ops().apply(Pointwise.erf(), c.in(0))), 1));
        rules.put("logsigmoid", c -> minus(c, c.ops().apply(Pointwise.softplus(), minus(c, c.in(0)))));
        rules.put("crelu", c -> c.ops().concat(-1, List.of(relu(c, c.in(0)), relu(c, minus(c, c.in(0))))));
        rules.put("relu_layer", c -> relu(c, c.ops().add(c.ops().matmul(c.in(0), c.in(1)), c.in(2))));
        rules.put("prelu", c -> {
            Node slope = plus(c, minus(c, c.in(1)), 1);
            return c.ops().add(c.in(0), c.ops().multiply(slope, relu(c, minus(c, c.in(0)))));
        });
    }

    private static Node plus(Call c, Node x, double by) {
        return c.ops().apply(Pointwise.shift(by), x);
    }

    private static Node minus(Call c, Node x) {
        return c.ops().scale(x, -1);
    }

    private static Node relu(Call c, Node x) {
        return c.ops().apply(Pointwise.relu(), x);
    }
}
