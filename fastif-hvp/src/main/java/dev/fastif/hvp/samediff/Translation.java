package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes a {@link GraphModel} of a SameDiff graph, from its loss variables backward. */
final class Translation {
    private static final Set<String> REDUCTIONS = Set.of("reduce_mean", "reduce_sum");

    /** What stands between logits and a loss that is written by hand. */
    private static final Set<String> LINKS =
            Set.of("softmax", "log_softmax", "sigmoid", "log", "log1p", "identity", "add_scalar", "exp");

    private final SameDiff sd;
    private final Graph.Builder builder;
    private final Tensors ops;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, String> placeholders = new LinkedHashMap<>();
    private final Set<String> labels = new LinkedHashSet<>();

    private Translation(SameDiff sd, DataType type) {
        this.sd = sd;
        this.builder = Graph.builder(type);
        this.ops = new Tensors(builder);
        TrainingConfig config = sd.getTrainingConfig();
        if (config != null) {
            map(Batch.FEATURES, config.getDataSetFeatureMapping());
            map(Batch.LABELS, config.getDataSetLabelMapping());
            map(Batch.FEATURES_MASK, config.getDataSetFeatureMaskMapping());
            map(Batch.LABELS_MASK, config.getDataSetLabelMaskMapping());
            labels.addAll(orNone(config.getDataSetLabelMapping()));
            labels.addAll(orNone(config.getDataSetLabelMaskMapping()));
        }
    }

    private void map(String kind, @Nullable List<String> names) {
        List<String> given = orNone(names);
        for (int i = 0; i < given.size(); i++) {
            placeholders.put(given.get(i), i == 0 ? kind : kind + "." + i);
        }
    }

    private static List<String> orNone(@Nullable List<String> names) {
        return names == null ? List.of() : names;
    }

    static GraphModel of(SameDiff sd, @Nullable String output, @Nullable String features) {
        List<SDVariable> trained = sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .toList();
        if (trained.isEmpty()) {
            throw new IllegalArgumentException(
                    "the graph has no variables of VariableType.VARIABLE: nothing is trained");
        }
        return new Translation(sd, trained.get(0).dataType()).translated(trained, output, features);
    }

    private GraphModel translated(List<SDVariable> trained, @Nullable String output, @Nullable String features) {
        List<String> losses = losses();
        requireSupported(losses);
        for (SDVariable variable : trained) {
            nodes.put(
                    variable.name(),
                    ops.value(
                            builder.trainable(variable.name(), variable.getArr().dup('c'))));
        }
        try {
            Node perExample = losses.stream()
                    .map(this::perExample)
                    .reduce((a, b) -> ops.add(a, b))
                    .orElseThrow();
            List<String> outputs = output == null ? outputs(losses) : List.of(output);
            Node represented = node(features == null ? representation(outputs.get(0)) : features);
            List<Node> ends = outputs.stream().map(this::node).toList();
            return GraphModel.builder(builder.build(), perExample, ends)
                    .features(represented)
                    .regularizer(regularizer(trained))
                    .build();
        } catch (Unsupported e) {
            throw new IllegalArgumentException("no exact derivatives of " + e.what(), e);
        }
    }

    private List<String> losses() {
        TrainingConfig config = sd.getTrainingConfig();
        List<String> named = config == null ? List.of() : orNone(config.getLossVariables());
        List<String> losses = named.isEmpty() ? orNone(sd.getLossVariables()) : named;
        if (losses.isEmpty()) {
            throw new IllegalArgumentException(
                    "the graph has no loss variables: name them by setLossVariables or in its TrainingConfig");
        }
        return losses;
    }

    private void requireSupported(List<String> losses) {
        Set<String> unsupported = new TreeSet<>();
        Set<String> seen = new LinkedHashSet<>();
        losses.forEach(loss -> collect(loss, seen, unsupported));
        if (!unsupported.isEmpty()) {
            throw new IllegalArgumentException("no exact derivatives of the operations " + unsupported
                    + ": write them in others, or implement dev.fastif.core.Model");
        }
    }

    private void collect(String variable, Set<String> seen, Set<String> unsupported) {
        DifferentialFunction op = sd.getVariableOutputOp(variable);
        if (op == null || !seen.add(variable)) {
            return;
        }
        if (OpRules.find(op.opName()) == null && LossRules.find(op.opName()) == null) {
            unsupported.add(op.opName());
        }
        for (SDVariable argument : op.args()) {
            collect(argument.name(), seen, unsupported);
        }
    }

    /** The loss of each example, [n], of which this loss variable is the mean. */
    private Node perExample(String variable) {
        DifferentialFunction op = sd.getVariableOutputOp(variable);
        if (op == null) {
            return node(variable);
        }
        LossRules.Rule loss = LossRules.find(op.opName());
        if (loss != null) {
            return ops.mean(loss.apply(call(op)));
        }
        String first = op.args()[0].name();
        if (isOverExamples(op)) {
            requireOfExamples(first);
            return reduced(op, isLoss(first) ? perExample(first) : node(first));
        }
        return switch (op.opName()) {
            case "identity" -> perExample(first);
            case "neg" -> ops.scale(perExample(first), -1);
            case "mul_scalar" -> ops.scale(perExample(first), call(op).scalar());
            case "div_scalar" -> ops.scale(perExample(first), 1 / call(op).scalar());
            case "add" -> ops.add(perExample(first), perExample(op.args()[1].name()));
            default -> {
                requireOfExamples(first);
                yield ops.sum(node(variable));
            }
        };
    }

    private boolean isLoss(String variable) {
        DifferentialFunction op = sd.getVariableOutputOp(variable);
        return op != null && LossRules.find(op.opName()) != null;
    }

    /** Whether it is a sum or a mean over the examples, and perhaps over more. */
    private static boolean isOverExamples(DifferentialFunction op) {
        return REDUCTIONS.contains(op.opName())
                && (Call.axes(op).length == 0 || Arrays.stream(Call.axes(op)).anyMatch(axis -> axis == 0));
    }

    /** The same without the axis of the examples; what is left of a loss that is no number SameDiff sums. */
    private Node reduced(DifferentialFunction op, Node x) {
        int[] others = Arrays.stream(Call.axes(op)).filter(axis -> axis != 0).toArray();
        boolean mean = op.opName().equals("reduce_mean");
        if (others.length > 0) {
            return ops.sum(mean ? ops.mean(x, others) : ops.sum(x, others));
        }
        boolean overAll = Call.axes(op).length == 0;
        return mean && overAll ? ops.mean(x) : ops.sum(x);
    }

    private void requireOfExamples(String variable) {
        if (!dependsOn(variable, VariableType.PLACEHOLDER, Set.of())) {
            throw new Unsupported("the loss term '" + variable
                    + "', which depends on no placeholder: a penalty belongs into the TrainingConfig's regularization");
        }
    }

    private Node node(String variable) {
        Node known = nodes.get(variable);
        if (known != null) {
            return known;
        }
        Node made = make(variable);
        nodes.put(variable, made);
        return made;
    }

    private Node make(String name) {
        SDVariable variable = sd.getVariable(name);
        if (variable == null) {
            throw new IllegalArgumentException(String.format(
                    "the graph has no variable '%s': it has %s",
                    name, sd.variableMap().keySet()));
        }
        if (variable.getVariableType() == VariableType.PLACEHOLDER) {
            return builder.input(placeholders.getOrDefault(name, name));
        }
        if (variable.getVariableType() == VariableType.CONSTANT) {
            return ops.value(builder.frozen(name, variable.getArr().dup('c')));
        }
        DifferentialFunction op = sd.getVariableOutputOp(name);
        if (op == null || op.outputVariables().length != 1) {
            throw new Unsupported("variable '" + name + "'");
        }
        LossRules.Rule loss = LossRules.find(op.opName());
        OpRules.Rule rule = OpRules.find(op.opName());
        if (loss != null) {
            return loss.apply(call(op));
        }
        if (rule == null) {
            throw new Unsupported("operation " + op.opName());
        }
        return rule.apply(call(op));
    }

    private Call call(DifferentialFunction op) {
        SDVariable[] arguments = op.args();
        List<Node> inputs = new ArrayList<>();
        for (SDVariable argument : arguments) {
            inputs.add(node(argument.name()));
        }
        return new Call(
                ops,
                op,
                inputs,
                i -> arguments[i].getVariableType() == VariableType.CONSTANT ? arguments[i].getArr() : null);
    }

    /**
     * Where the loss begins: values that depend on parameters and not on labels, taken by what does depend on labels, and
     * before any softmax or logarithm. Without labels, what the loss is reduced from.
     */
    private List<String> outputs(List<String> losses) {
        Set<String> ends = new LinkedHashSet<>();
        losses.forEach(loss -> ends(loss, ends));
        return List.copyOf(ends);
    }

    private void ends(String variable, Set<String> ends) {
        DifferentialFunction op = sd.getVariableOutputOp(variable);
        boolean ofLoss = op != null
                && (isLoss(variable)
                        || isOverExamples(op)
                        || (!labels.isEmpty() && dependsOn(variable, VariableType.PLACEHOLDER, labels))
                        || joinsReductions(op));
        if (op != null && ofLoss) {
            for (SDVariable argument : op.args()) {
                ends(argument.name(), ends);
            }
        } else if (op != null && dependsOn(variable, VariableType.VARIABLE, Set.of())) {
            ends.add(beforeLinks(variable));
        } else if (sd.getVariable(variable).getVariableType() == VariableType.VARIABLE) {
            throw new Unsupported("parameter '" + variable + "', which the loss takes beside the labels");
        }
    }

    /** Whether it is made of what has been reduced over the examples. */
    private boolean joinsReductions(DifferentialFunction op) {
        for (SDVariable argument : op.args()) {
            DifferentialFunction before = sd.getVariableOutputOp(argument.name());
            if (before != null && (isOverExamples(before) || isLoss(argument.name()) || joinsReductions(before))) {
                return true;
            }
        }
        return false;
    }

    private String beforeLinks(String variable) {
        String at = variable;
        DifferentialFunction op = sd.getVariableOutputOp(at);
        while (op != null && LINKS.contains(op.opName()) && sd.getVariableOutputOp(op.args()[0].name()) != null) {
            at = op.args()[0].name();
            op = sd.getVariableOutputOp(at);
        }
        return at;
    }

    /** Whether a variable depends on one of this type, and of these names if there are any. */
    private boolean dependsOn(String variable, VariableType type, Collection<String> names) {
        DifferentialFunction op = sd.getVariableOutputOp(variable);
        if (op == null) {
            boolean named = names.isEmpty() || names.contains(variable);
            return named && sd.getVariable(variable).getVariableType() == type;
        }
        for (SDVariable argument : op.args()) {
            if (dependsOn(argument.name(), type, names)) {
                return true;
            }
        }
        return false;
    }

    /** The input of the last matrix product before the outputs, or the outputs themselves. */
    private String representation(String output) {
        String at = output;
        DifferentialFunction op = sd.getVariableOutputOp(at);
        while (op != null && Set.of("add", "biasadd", "identity").contains(op.opName())) {
            at = op.args()[0].name();
            op = sd.getVariableOutputOp(at);
        }
        boolean product = op != null && Set.of("matmul", "xw_plus_b").contains(op.opName());
        return op != null && product ? op.args()[0].name() : output;
    }

    private Regularizer regularizer(List<SDVariable> trained) {
        TrainingConfig config = sd.getTrainingConfig();
        double coefficient = config == null ? 0 : Penalties.coefficient(config.getRegularization());
        Map<String, Double> each = new LinkedHashMap<>();
        trained.forEach(variable -> each.put(variable.name(), coefficient));
        return coefficient == 0 ? Regularizer.none() : Regularizer.weightDecay(each);
    }

    /** The values by which a change is found. */
    static List<INDArray> values(SameDiff sd) {
        return sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE
                        || variable.getVariableType() == VariableType.CONSTANT)
                .filter(variable -> variable.dataType().isFPType())
                .map(SDVariable::getArr)
                .toList();
    }
}
