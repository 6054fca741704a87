package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;

/** The vertices of a ComputationGraph, other than layers, that have an exact translation. */
final class VertexRules {
    private interface Rule<V> {
        Flow apply(Scope scope, List<Flow> in, V vertex);
    }

    private static final Map<Class<? extends GraphVertex>, Rule<GraphVertex>> RULES = new LinkedHashMap<>();

    static {
        put(MergeVertex.class, (s, in, vertex) -> merge(s, in));
        put(ElementWiseVertex.class, (s, in, vertex) -> elementWise(s.ops(), in, vertex.getOp()));
        put(SubsetVertex.class, (s, in, vertex) -> {
            Flow x = known(in).get(0);
            return x.with(s.ops().slice(x.node(), channelAxis(x), vertex.getFrom(), vertex.getTo() + 1L, 1));
        });
        put(ScaleVertex.class, (s, in, vertex) -> in.get(0)
                .with(s.ops().scale(in.get(0).node(), vertex.getScaleFactor())));
        put(ShiftVertex.class, (s, in, vertex) -> in.get(0)
                .with(s.ops()
                        .apply(
                                Pointwise.shift(vertex.getShiftFactor()),
                                in.get(0).node())));
        put(PreprocessorVertex.class, (s, in, vertex) -> PreProcessors.apply(s, in.get(0), vertex.getPreProcessor()));
        put(LastTimeStepVertex.class, (s, in, vertex) -> Rules.last(s, Layouts.sequence(s, in.get(0), RNNFormat.NCW)));
    }

    private VertexRules() {}

    private static <V extends GraphVertex> void put(Class<V> type, Rule<V> rule) {
        RULES.put(type, (scope, in, vertex) -> rule.apply(scope, in, type.cast(vertex)));
    }

    static Set<Class<? extends GraphVertex>> supported() {
        return RULES.keySet();
    }

    static Flow apply(Scope scope, List<Flow> in, GraphVertex vertex) {
        Rule<GraphVertex> rule = RULES.get(vertex.getClass());
        if (rule == null) {
            throw new Unsupported(vertex.getClass().getSimpleName());
        }
        return rule.apply(scope, in, vertex);
    }

    private static Flow merge(Scope s, List<Flow> in) {
        List<Flow> flows = known(in);
        Node merged = s.ops()
                .concat(
                        channelAxis(flows.get(0)),
                        flows.stream().map(Flow::node).toList());
        return flows.get(0).with(merged);
    }

    /** Arrays of the batch that meet here are rows: a sequence or an image would have gone through a layer first. */
    private static List<Flow> known(List<Flow> in) {
        List<Flow> flows = in.stream()
                .map(flow -> flow.kind() == Flow.Kind.GIVEN ? Flow.rows(flow.node()) : flow)
                .toList();
        if (flows.stream().map(Flow::kind).distinct().count() > 1) {
            throw new Unsupported("a vertex that joins arrays of different kinds");
        }
        return flows;
    }

    private static int channelAxis(Flow flow) {
        return flow.kind() == Flow.Kind.IMAGE ? 1 : -1;
    }

    private static Flow elementWise(Tensors ops, List<Flow> in, ElementWiseVertex.Op op) {
        List<Flow> flows = known(in);
        Node all =
                switch (op) {
                    case Add -> folded(flows, ops::add);
                    case Subtract -> folded(flows, ops::subtract);
                    case Product -> folded(flows, ops::multiply);
                    case Average -> ops.scale(folded(flows, ops::add), 1.0 / flows.size());
                    // max(a, b) = b + relu(a - b)
                    case Max -> folded(flows, (a, b) -> ops.add(b, ops.apply(Pointwise.relu(), ops.subtract(a, b))));
                };
        return flows.get(0).with(all);
    }

    private static Node folded(List<Flow> flows, BinaryOperator<Node> join) {
        return flows.stream().map(Flow::node).reduce(join).orElseThrow();
    }
}
