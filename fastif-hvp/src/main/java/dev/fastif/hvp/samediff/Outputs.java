package dev.fastif.hvp.samediff;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.VariableType;

/**
 * Where the loss begins: values that depend on parameters and not on labels, taken by what does depend on labels, and before
 * any softmax or logarithm. Without labels, what the loss is reduced from.
 */
final class Outputs {
    /** What stands between logits and a loss that is written by hand. */
    private static final Set<String> LINKS =
            Set.of("softmax", "log_softmax", "sigmoid", "log", "log1p", "identity", "add_scalar", "exp");

    private final Source source;
    private final Objective objective;
    private final Set<String> labels;
    private final Set<String> ends = new LinkedHashSet<>();
    private final Set<String> seen = new LinkedHashSet<>();

    private Outputs(Source source, Objective objective, Set<String> labels) {
        this.source = source;
        this.objective = objective;
        this.labels = labels;
    }

    static List<String> of(Source source, Objective objective, Set<String> labels, List<String> losses) {
        Outputs outputs = new Outputs(source, objective, labels);
        losses.forEach(outputs::find);
        return List.copyOf(outputs.ends);
    }

    private void find(String variable) {
        if (!seen.add(variable)) {
            return;
        }
        DifferentialFunction op = source.op(variable);
        boolean ofLoss = op != null
                && (LossRules.find(op.opName()) != null
                        || (!labels.isEmpty() && source.dependsOn(variable, labels))
                        || objective.isReduced(variable));
        if (op != null && ofLoss) {
            Source.arguments(op).forEach(this::find);
        } else if (op != null && source.isTrained(variable)) {
            ends.add(beforeLinks(variable));
        } else if (source.type(variable) == VariableType.VARIABLE) {
            throw Refusal.BESIDE_LABELS.of(variable);
        }
    }

    private String beforeLinks(String variable) {
        String at = variable;
        DifferentialFunction op = source.op(at);
        while (op != null
                && LINKS.contains(op.opName())
                && source.op(Source.arguments(op).get(0)) != null) {
            at = Source.arguments(op).get(0);
            op = source.op(at);
        }
        return at;
    }

    /** The input of the last matrix product before an output, or the output itself. */
    static String representation(Source source, String output) {
        String at = output;
        DifferentialFunction op = source.op(at);
        while (op != null && Set.of("add", "biasadd", "identity").contains(op.opName())) {
            at = Source.arguments(op).get(0);
            op = source.op(at);
        }
        boolean product = op != null && Set.of("matmul", "xw_plus_b").contains(op.opName());
        return op != null && product ? Source.arguments(op).get(0) : output;
    }
}
