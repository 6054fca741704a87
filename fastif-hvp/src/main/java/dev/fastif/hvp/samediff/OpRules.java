package dev.fastif.hvp.samediff;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** SameDiff's operations, by their names. */
final class OpRules {
    interface Rule {
        Node apply(Call call);
    }

    private static final Map<String, Rule> RULES = Collections.unmodifiableMap(rules());

    private static Map<String, Rule> rules() {
        Map<String, Rule> rules = new TreeMap<>();
        arithmetic(rules);
        rules.putAll(FunctionRules.rules());
        rules.putAll(ReductionRules.rules());
        rules.putAll(ShapeRules.rules());
        rules.putAll(NormalizationRules.rules());
        rules.putAll(AttentionRules.rules());
        rules.putAll(ImageRules.rules());
        return rules;
    }

    private OpRules() {}

    static Set<String> supported() {
        return RULES.keySet();
    }

    /**
     * A rule for operations that have none.
     *
     * @throws IllegalArgumentException if it has one already
     */
    static Map<String, Rule> with(Map<String, Rule> own, String name, OpRule rule) {
        Check.argument(
                !own.containsKey(name) && find(name) == null && LossRules.find(name) == null,
                "'%s' has a rule already: leave this one out",
                name);
        Map<String, Rule> more = new TreeMap<>(own);
        more.put(name, call -> {
            try {
                return rule.apply(call);
            } catch (UnsupportedOperationException e) {
                throw new Unsupported(name + ": " + e.getMessage());
            }
        });
        return Collections.unmodifiableMap(more);
    }

    static @Nullable Rule find(String name) {
        return RULES.get(name);
    }

    private static void arithmetic(Map<String, Rule> rules) {
        rules.put("add", c -> c.ops().add(c.in(0), c.in(1)));
        rules.put("subtract", c -> c.ops().subtract(c.in(0), c.in(1)));
        rules.put("multiply", c -> c.ops().multiply(c.in(0), c.in(1)));
        rules.put("divide", c -> c.ops().divide(c.in(0), c.in(1)));
        rules.put(
                "squaredsubtract", c -> c.ops().apply(Pointwise.pow(2), c.ops().subtract(c.in(0), c.in(1))));
        rules.put("add_scalar", c -> shifted(c, c.in(0), c.scalar()));
        rules.put("sub_scalar", c -> shifted(c, c.in(0), -c.scalar()));
        rules.put("rsub_scalar", c -> shifted(c, c.ops().scale(c.in(0), -1), c.scalar()));
        rules.put("mul_scalar", c -> c.ops().scale(c.in(0), c.scalar()));
        rules.put("div_scalar", c -> c.ops().scale(c.in(0), 1 / c.scalar()));
        rules.put("rdiv_scalar", c -> c.ops().scale(c.ops().apply(Pointwise.pow(-1), c.in(0)), c.scalar()));
        rules.put("reversesubtract", c -> c.ops().subtract(c.in(1), c.in(0)));
        rules.put("reversedivide", c -> c.ops().divide(c.in(1), c.in(0)));
        rules.put("maximum", c -> larger(c, c.in(0), c.in(1)));
        rules.put("minimum", c -> smaller(c, c.in(0), c.in(1)));
        rules.put("mergeadd", c -> all(c, c.ops()::add));
        rules.put("mergeavg", c -> c.ops()
                .scale(all(c, c.ops()::add), 1.0 / c.inputs().size()));
        rules.put("mergemax", c -> all(c, (a, b) -> larger(c, a, b)));
        rules.put("matmul", OpRules::matmul);
        rules.put("xw_plus_b", c -> c.ops().add(c.ops().matmul(c.in(0), c.in(1)), c.in(2)));
        rules.put("biasadd", OpRules::biasAdd);
        rules.put("identity", c -> c.in(0));
    }

    private static Node shifted(Call c, Node x, double by) {
        return c.ops().apply(Pointwise.shift(by), x);
    }

    private static Node all(Call c, BinaryOperator<Node> function) {
        return c.inputs().stream().reduce(function).orElseThrow();
    }

    /** Of equals the first. */
    private static Node larger(Call c, Node a, Node b) {
        return c.ops().add(a, c.ops().apply(Pointwise.relu(), c.ops().subtract(b, a)));
    }

    private static Node smaller(Call c, Node a, Node b) {
        return c.ops().subtract(a, c.ops().apply(Pointwise.relu(), c.ops().subtract(a, b)));
    }

    private static Node matmul(Call c) {
        if (c.real(0, 1) != 1 || c.real(1, 0) != 0) {
            throw Refusal.MATMUL_FACTORS.of();
        }
        Node product = c.ops().matmul(transposed(c, 0), transposed(c, 1));
        return c.integer(2, 0) == 1 ? c.ops().moveAxis(product, -1, -2) : product;
    }

    private static Node transposed(Call c, int i) {
        return c.integer(i, 0) == 1 ? c.ops().moveAxis(c.in(i), -1, -2) : c.in(i);
    }

    private static Node biasAdd(Call c) {
        if (c.flag(0)) {
            return c.ops().moveAxis(c.ops().add(c.ops().moveAxis(c.in(0), 1, -1), c.in(1)), -1, 1);
        }
        return c.ops().add(c.in(0), c.in(1));
    }
}
