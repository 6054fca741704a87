package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;

/** The vertices of a ComputationGraph, other than layers, that have an exact translation. */
final class VertexRules {
    private interface Rule<V> {
        Flow apply(Scope scope, List<Flow> in, V vertex);
    }

    /** What a vertex does, and the layout of what it takes: {@link Layout#ANY} for one that keeps the layout of what comes. */
    private record Entry(Function<GraphVertex, Layout> takes, Rule<GraphVertex> rule) {}

    private static final Map<Class<? extends GraphVertex>, Entry> RULES = Collections.unmodifiableMap(rules());

    private static Map<Class<? extends GraphVertex>, Entry> rules() {
        Map<Class<? extends GraphVertex>, Entry> rules = new LinkedHashMap<>();
        put(rules, MergeVertex.class, v -> Layout.ANY, VertexRules::merge);
        put(rules, ElementWiseVertex.class, v -> Layout.ANY, VertexRules::elementWise);
        put(rules, SubsetVertex.class, v -> Layout.ANY, (s, in, v) -> subset(s, in.get(0), v));
        put(rules, ScaleVertex.class, v -> Layout.ANY, (s, in, v) -> in.get(0)
                .with(s.ops().scale(in.get(0).node(), v.getScaleFactor())));
        put(rules, ShiftVertex.class, v -> Layout.ANY, (s, in, v) -> in.get(0)
                .with(s.ops()
                        .apply(Pointwise.shift(v.getShiftFactor()), in.get(0).node())));
        put(
                rules,
                PreprocessorVertex.class,
                v -> PreProcessors.takes(v.getPreProcessor()),
                (s, in, v) -> PreProcessors.apply(s, in.get(0), v.getPreProcessor()));
        put(rules, LastTimeStepVertex.class, v -> Layout.NCW, (s, in, v) -> StepVertices.last(s, in.get(0), v));
        put(
                rules,
                DuplicateToTimeSeriesVertex.class,
                v -> Layout.ROWS,
                (s, in, v) -> StepVertices.duplicate(s, in.get(0), v));
        put(rules, ReverseTimeSeriesVertex.class, v -> Layout.NCW, (s, in, v) -> StepVertices.reverse(s, in.get(0), v));
        put(rules, AttentionVertex.class, v -> Layout.NCW, AttentionRules::vertex);
        put(rules, L2NormalizeVertex.class, v -> Layout.ANY, (s, in, v) -> ShapeVertices.normalized(s, in.get(0), v));
        put(rules, L2Vertex.class, v -> Layout.SOME, (s, in, v) -> distance(s, in));
        put(rules, PoolHelperVertex.class, v -> Layout.NCHW, (s, in, v) -> ShapeVertices.poolHelper(s, in.get(0)));
        put(rules, ReshapeVertex.class, v -> Layout.SOME, (s, in, v) -> ShapeVertices.reshape(s, in.get(0), v));
        put(rules, StackVertex.class, v -> Layout.ANY, (s, in, v) -> stack(s, in));
        put(rules, UnstackVertex.class, v -> Layout.ANY, (s, in, v) -> ShapeVertices.unstack(s, in.get(0), v));
        return rules;
    }

    private VertexRules() {}

    private static <V extends GraphVertex> void put(
            Map<Class<? extends GraphVertex>, Entry> rules, Class<V> type, Function<V, Layout> takes, Rule<V> rule) {
        rules.put(
                type,
                new Entry(
                        vertex -> takes.apply(type.cast(vertex)),
                        (scope, in, vertex) -> rule.apply(scope, in, type.cast(vertex))));
    }

    static Set<Class<? extends GraphVertex>> supported() {
        return RULES.keySet();
    }

    /** The layout of what a vertex takes. */
    static Layout takes(GraphVertex vertex, OwnRules own) {
        return own.has(vertex) ? own.takes(vertex) : entry(vertex).takes.apply(vertex);
    }

    /** The inputs of the network that a vertex names, of whose sequences it takes the steps. */
    static List<String> namedSequences(GraphVertex vertex) {
        return StepVertices.named(vertex);
    }

    static Flow apply(Scope scope, List<Flow> in, GraphVertex vertex) {
        if (scope.own().has(vertex)) {
            return scope.own().apply(scope, in, vertex);
        }
        Layout takes = takes(vertex, scope.own());
        in.forEach(flow -> flow.taken(takes, vertex));
        return entry(vertex).rule.apply(scope, in, vertex);
    }

    private static Entry entry(GraphVertex vertex) {
        Entry entry = RULES.get(vertex.getClass());
        if (entry == null) {
            throw new Unsupported(vertex.getClass().getSimpleName());
        }
        return entry;
    }

    private static Flow merge(Scope s, List<Flow> in, MergeVertex vertex) {
        Flow first = alike(s, in);
        if (in.size() > 1 && vertex.getMergeAxis() != mergeAxis(first.layout())) {
            s.refuse("a merge of " + first.layout() + " along axis " + vertex.getMergeAxis());
        }
        Node merged =
                s.ops().concat(first.channelAxis(), in.stream().map(Flow::node).toList());
        return first.with(merged).withMask(Mask.union(s.ops(), in));
    }

    private static Flow stack(Scope s, List<Flow> in) {
        alike(s, in);
        return ShapeVertices.stack(s, in);
    }

    private static Flow distance(Scope s, List<Flow> in) {
        alike(s, in);
        return ShapeVertices.distance(s, in);
    }

    private static int mergeAxis(Layout layout) {
        return layout == Layout.NWC ? 2 : layout == Layout.NHWC ? 3 : 1;
    }

    private static Flow alike(Scope s, List<Flow> in) {
        if (in.stream().map(Flow::layout).distinct().count() > 1) {
            s.refuse("a vertex that joins "
                    + String.join(
                            " and ",
                            in.stream()
                                    .map(flow -> flow.layout().toString())
                                    .distinct()
                                    .toList()));
        }
        return in.get(0);
    }

    private static Flow subset(Scope s, Flow x, SubsetVertex vertex) {
        if (!x.layout().isChannelsFirst()) {
            s.refuse("a subset of " + x.layout() + ", of which DL4J takes axis 1");
        }
        return x.with(s.ops().slice(x.node(), x.channelAxis(), vertex.getFrom(), vertex.getTo() + 1L, 1));
    }

    private static Flow elementWise(Scope s, List<Flow> in, ElementWiseVertex vertex) {
        Tensors ops = s.ops();
        Node all =
                switch (vertex.getOp()) {
                    case Add -> folded(in, ops::add);
                    case Subtract -> folded(in, ops::subtract);
                    case Product -> folded(in, ops::multiply);
                    case Average -> ops.scale(folded(in, ops::add), 1.0 / in.size());
                    // max(a, b) = b + relu(a - b)
                    case Max -> folded(in, (a, b) -> ops.add(b, ops.apply(Pointwise.relu(), ops.subtract(a, b))));
                };
        return alike(s, in).with(all).withMask(Mask.union(ops, in));
    }

    private static Node folded(List<Flow> flows, BinaryOperator<Node> join) {
        return flows.stream().map(Flow::node).reduce(join).orElseThrow();
    }
}
