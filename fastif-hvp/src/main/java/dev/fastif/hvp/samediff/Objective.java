package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What SameDiff minimises, as losses of single examples. It trains the sum of all elements of all loss variables; each must be
 * a sum or a mean over the examples of a batch, and all of them the same, since how much a sum weighs beside a mean depends on
 * the size of batches.
 */
final class Objective {
    private static final Set<String> REDUCTIONS = Set.of("reduce_mean", "reduce_sum");

    /** How examples make the loss of a batch. */
    enum Over {
        MEAN,
        SUM
    }

    /**
     * What examples add to a variable.
     *
     * @param each the share of each, [n, ...]
     * @param over how shares make the variable [...]
     * @param isNumber whether the variable is surely one number: then each is [n]
     */
    record Term(Node each, Over over, boolean isNumber) {
        static Term sum(Node each) {
            return new Term(each, Over.SUM, true);
        }

        static Term mean(Node each) {
            return new Term(each, Over.MEAN, true);
        }

        private Term mapped(UnaryOperator<Node> linear) {
            return new Term(linear.apply(each), over, isNumber);
        }

        private Term reduced(UnaryOperator<Node> reduction) {
            return new Term(reduction.apply(each), over, true);
        }
    }

    private final Source source;
    private final Translation translation;
    private final Tensors ops;

    Objective(Source source, Translation translation, Tensors ops) {
        this.source = source;
        this.translation = translation;
        this.ops = ops;
    }

    /** The loss of each example, [n], of all loss variables together. */
    Term of(List<String> losses) {
        return losses.stream()
                .map(loss -> ofExamples(term(loss).reduced(ops::sum), loss))
                .reduce((a, b) -> sum(a, b, "the loss variables " + losses))
                .orElseThrow();
    }

    private Term sum(Term a, Term b, String what) {
        if (a.over != b.over) {
            throw Refusal.MEAN_AND_SUM.of(what);
        }
        return new Term(ops.add(a.each, b.each), a.over, true);
    }

    /** What examples add to a variable. */
    private Term term(String variable) {
        DifferentialFunction op = source.op(variable);
        requireOfExamples(variable);
        if (op == null || !isReduced(variable)) {
            return new Term(translation.node(variable), Over.SUM, false);
        }
        String first = Source.arguments(op).get(0);
        LossRules.Rule loss = LossRules.find(op.opName());
        if (loss != null) {
            return ofExamples(LossRules.term(translation.call(variable, op), loss), variable);
        }
        if (isOverExamples(op) && !isReduced(first)) {
            Term reduced = reduced(op, first);
            return reduced.isNumber ? ofExamples(reduced, variable) : reduced;
        }
        return joined(op, variable, first);
    }

    /** The term with one share for each example, where there have been some for each step of sequences. */
    private Term ofExamples(Term term, String variable) {
        Node rows = ops.rowsOf(term.each, translation.node(source.examplesOf(variable)));
        return new Term(term.over == Over.SUM ? ops.sum(rows) : ops.mean(rows), term.over, true);
    }

    /** Linear functions of what has been reduced over the examples. */
    private Term joined(DifferentialFunction op, String variable, String first) {
        return switch (op.opName()) {
            case "identity" -> term(first);
            case "neg" -> term(first).mapped(x -> ops.scale(x, -1));
            case "mul_scalar" -> term(first).mapped(x -> ops.scale(x, Call.scalar(op)));
            case "div_scalar" -> term(first).mapped(x -> ops.scale(x, 1 / Call.scalar(op)));
            case "add" -> sum(number(op, 0), number(op, 1), "the terms of '" + variable + "'");
            case "subtract" ->
                sum(number(op, 0), number(op, 1).mapped(x -> ops.scale(x, -1)), "the terms of '" + variable + "'");
            case "multiply" -> scaled(op, variable, false);
            case "divide" -> scaled(op, variable, true);
            case "reduce_sum" -> ofAll(op, variable).reduced(ops::sum);
            case "reduce_mean" -> ofAll(op, variable).reduced(ops::mean);
            default -> throw notLinear(op, variable);
        };
    }

    /** A term that is one number: others might be stretched beside it. */
    private Term number(DifferentialFunction op, int i) {
        String name = Source.arguments(op).get(i);
        requireOfExamples(name);
        Term term = isReduced(name) ? term(name) : null;
        if (term == null || !term.isNumber) {
            throw Refusal.NOT_REDUCED.of(name);
        }
        return term;
    }

    private Term scaled(DifferentialFunction op, String variable, boolean divides) {
        List<String> names = Source.arguments(op);
        boolean secondIsFactor = !source.isOfExamples(names.get(1));
        INDArray factor = source.constant(names.get(secondIsFactor ? 1 : 0));
        if (factor == null || factor.length() != 1 || (divides && !secondIsFactor)) {
            throw notLinear(op, variable);
        }
        double by = factor.getDouble(0);
        return term(names.get(secondIsFactor ? 0 : 1)).mapped(x -> ops.scale(x, divides ? 1 / by : by));
    }

    private Term ofAll(DifferentialFunction op, String variable) {
        if (Call.axes(op, source).length != 0) {
            throw notLinear(op, variable);
        }
        return term(Source.arguments(op).get(0));
    }

    private static Unsupported notLinear(DifferentialFunction op, String variable) {
        return Refusal.NOT_LINEAR.of(op.opName(), variable);
    }

    /** A sum or a mean over the examples, without them. */
    private Term reduced(DifferentialFunction op, String of) {
        Node x = translation.node(of);
        int[] axes = Call.axes(op, source);
        int[] others = Arrays.stream(axes).filter(axis -> axis != 0).toArray();
        boolean mean = op.opName().equals("reduce_mean");
        Node each = x;
        if (axes.length == 0) {
            each = mean ? ops.mean(x) : ops.sum(x);
        } else if (others.length > 0) {
            each = mean ? ops.mean(x, others) : ops.sum(x, others);
        }
        return new Term(each, mean ? Over.MEAN : Over.SUM, axes.length == 0);
    }

    private void requireOfExamples(String variable) {
        if (!source.isOfExamples(variable)) {
            throw Refusal.NO_EXAMPLES.of(variable);
        }
    }

    /** Whether a variable is made of what has been reduced over the examples. */
    boolean isReduced(String variable) {
        DifferentialFunction op = source.op(variable);
        if (op == null || !source.isOfExamples(variable)) {
            return false;
        }
        return reducesExamples(op) || Source.arguments(op).stream().anyMatch(this::isReduced);
    }

    /** Whether an operation takes all examples together. */
    private boolean reducesExamples(DifferentialFunction op) {
        return LossRules.isReduced(op) || isOverExamples(op);
    }

    /** Whether it is a sum or a mean over the examples, and perhaps over more. */
    private boolean isOverExamples(DifferentialFunction op) {
        return REDUCTIONS.contains(op.opName())
                && (Call.axes(op, source).length == 0
                        || Arrays.stream(Call.axes(op, source)).anyMatch(axis -> axis == 0));
    }
}
