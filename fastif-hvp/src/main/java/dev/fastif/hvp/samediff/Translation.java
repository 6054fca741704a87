package dev.fastif.hvp.samediff;

import dev.fastif.core.Regularizer;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.DifferenceModel;
import dev.fastif.hvp.internal.Unsupported;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;

/** Makes a {@link GraphModel} of a SameDiff graph, from its loss variables backward. */
final class Translation {
    private final Source source;
    private final Placeholders placeholders;
    private final Map<String, OpRules.Rule> own;
    private final Graph.Builder builder;
    private final Tensors ops;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Set<String> problems = new TreeSet<>();

    /** A translation, with the user's rules by the names of operations. */
    Translation(Source source, Placeholders placeholders, Map<String, OpRules.Rule> own) {
        this.own = own;
        this.source = source;
        this.placeholders = placeholders;
        this.builder = Graph.builder(source.dataType());
        this.ops = new Tensors(builder);
    }

    /**
     * Translates the graph.
     *
     * @param output the variable that is the model's output, or null for where the loss begins
     * @param features the variable that candidates are preselected by, or null for the input of the last matrix product
     * @param batchSize how many examples a step of training took, or 0 if that is not known
     */
    GraphModel model(@Nullable String output, @Nullable String features, int batchSize) {
        List<SDVariable> trained = source.trained();
        List<String> losses = source.losses();
        for (SDVariable variable : trained) {
            nodes.put(
                    variable.name(),
                    ops.value(
                            builder.trainable(variable.name(), variable.getArr().dup('c'))));
        }
        Objective objective = new Objective(source, this, ops);
        losses.forEach(loss -> survey(loss, objective));
        try {
            Objective.Term loss = objective.of(losses);
            List<String> outputs =
                    output == null ? Outputs.of(source, objective, placeholders.labels(), losses) : List.of(output);
            Node represented = node(features == null ? Outputs.representation(source, outputs.get(0)) : features);
            List<Node> ends = outputs.stream().map(this::node).toList();
            requireNoProblem();
            return GraphModel.builder(builder.build(), loss.each(), ends)
                    .features(represented)
                    .regularizer(regularizer(trained, loss, batchSize))
                    .build();
        } catch (Unsupported e) {
            problems.add(e.what());
            throw refusal();
        }
    }

    /**
     * The graph by central differences of SameDiff's gradients: of its operations only those between the losses of single
     * examples and that of a batch are looked at.
     */
    DifferenceModel differences(@Nullable String output, @Nullable String features, int batchSize) {
        List<SDVariable> trained = source.trained();
        List<String> losses = source.losses();
        Objective objective = new Objective(source, this, ops);
        try {
            Objective.Term loss = objective.of(losses);
            String represented = features == null
                    ? Outputs.representation(
                            source,
                            Outputs.of(source, objective, placeholders.labels(), losses)
                                    .get(0))
                    : source.variable(features).name();
            Regularizer regularizer = regularizer(trained, loss, batchSize);
            SameDiffNetwork.Settings settings =
                    new SameDiffNetwork.Settings(placeholders, loss.over(), regularizer, output, represented);
            return new DifferenceModel(() -> new SameDiffNetwork(source, settings));
        } catch (Unsupported e) {
            throw new IllegalArgumentException("no losses of single examples: " + e.what(), e);
        }
    }

    /** Translates all that is not yet reduced over the examples, so that whatever has no rule is known. */
    private void survey(String variable, Objective objective) {
        DifferentialFunction op = source.op(variable);
        if (op != null && objective.isReduced(variable)) {
            Source.arguments(op).forEach(argument -> survey(argument, objective));
        } else {
            node(variable);
        }
    }

    private Regularizer regularizer(List<SDVariable> trained, Objective.Term loss, int batchSize) {
        Penalties penalties = Penalties.of(source.config());
        if (loss.over() == Objective.Over.MEAN) {
            return penalties.over(trained, 1);
        }
        if (!penalties.isNone() && batchSize == 0) {
            throw Refusal.SUM_AND_PENALTY.ofGraph();
        }
        return penalties.over(trained, Math.max(1, batchSize));
    }

    /** The node of a variable; of one that has no rule it is any, and a problem is kept. */
    Node node(String variable) {
        Node known = nodes.get(variable);
        if (known != null) {
            return known;
        }
        Node made;
        try {
            made = make(variable);
        } catch (Unsupported e) {
            problems.add(e.what() + " ('" + variable + "')");
            made = builder.input(variable);
        }
        nodes.put(variable, made);
        return made;
    }

    private Node make(String name) {
        VariableType type = source.type(name);
        DifferentialFunction op = source.op(name);
        if (type == VariableType.PLACEHOLDER) {
            return builder.input(placeholders.name(name));
        }
        if (op == null) {
            return ops.value(builder.frozen(name, source.variable(name).getArr().dup('c')));
        }
        Call call = call(name, op);
        LossRules.Rule loss = LossRules.find(op.opName());
        if (loss != null) {
            if (LossRules.isReduced(op)) {
                throw Refusal.LOSS_INSIDE.of(op.opName());
            }
            return LossRules.weightedLosses(call, loss);
        }
        OpRules.Rule rule = own.getOrDefault(op.opName(), OpRules.find(op.opName()));
        boolean whole = !source.variable(name).dataType().isFPType();
        if ((rule == null || whole)
                && !own.containsKey(op.opName())
                && !source.isTrained(name)
                && FrozenOps.isSupported(op)) {
            return FrozenOps.evaluate(call);
        }
        if (rule == null && op.opName().contains("dropout")) {
            throw Refusal.DROPOUT.of(op.opName());
        }
        if (rule == null) {
            throw Refusal.NO_RULE.of(op.opName());
        }
        return rule.apply(call);
    }

    /** The operation that a variable is a value of. */
    Call call(String variable, DifferentialFunction op) {
        List<Node> inputs = Source.arguments(op).stream().map(this::node).toList();
        return new Call(builder, ops, op, Source.outputs(op).indexOf(variable), inputs, source);
    }

    private void requireNoProblem() {
        if (!problems.isEmpty()) {
            throw refusal();
        }
    }

    private IllegalArgumentException refusal() {
        return new IllegalArgumentException("no exact derivatives of " + String.join("; ", problems)
                + ": write them in other operations, give rules by SameDiffModel.builder(sd).rule(...), or take SameDiffModel.builder(sd)"
                + ".curvature(CurvatureMode.FINITE_DIFFERENCE) with CurvatureMatrix.HESSIAN");
    }
}
