package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;

/** Vertices that name an input of the network: they take its steps and its mask, whatever mask reaches them. */
final class StepVertices {
    private StepVertices() {}

    static List<String> named(GraphVertex vertex) {
        if (vertex instanceof LastTimeStepVertex last) {
            return List.of(last.getMaskArrayInputName());
        }
        if (vertex instanceof DuplicateToTimeSeriesVertex duplicate) {
            return List.of(duplicate.getInputName());
        }
        if (vertex instanceof ReverseTimeSeriesVertex reverse && reverse.getMaskArrayInputName() != null) {
            return List.of(reverse.getMaskArrayInputName());
        }
        return List.of();
    }

    static Flow last(Scope s, Flow in, LastTimeStepVertex vertex) {
        String input = vertex.getMaskArrayInputName();
        if (isAsLongAs(s, in, input)) {
            Features features = s.inputs().features();
            Node last = features.last(s.builder(), input);
            Mask mask = features.mask(s.builder(), input);
            return SequenceRules.at(
                    s.ops(), in, s.some(mask, last, "takes the last of them, for which DL4J takes one that is masked"));
        }
        return SequenceRules.last(s, in.withMask(null));
    }

    static Flow duplicate(Scope s, Flow in, DuplicateToTimeSeriesVertex vertex) {
        Features features = s.inputs().features();
        if (features.layout(vertex.getInputName()) == Layout.NWC) {
            s.refuse("the steps of '" + vertex.getInputName() + "', " + Layout.NWC
                    + ", for which DL4J takes the channels");
        }
        Node row = s.ops().reshape(in.node(), 0, 1, -1);
        Node steps = s.ops().multiply(row, features.ones(s.builder(), vertex.getInputName()));
        return new Flow(steps, Layout.NCW, features.mask(s.builder(), vertex.getInputName()));
    }

    static Flow reverse(Scope s, Flow in, ReverseTimeSeriesVertex vertex) {
        String input = vertex.getMaskArrayInputName();
        if (input != null && isAsLongAs(s, in, input)) {
            return in.with(s.ops().matmul(s.inputs().features().reversal(s.builder(), input), in.node()));
        }
        return in.with(SequenceRules.reversed(s.ops(), in.node()));
    }

    /** Whether the steps are those of an input of the network. If not, its mask says nothing of them: none may be given. */
    private static boolean isAsLongAs(Scope s, Flow in, String input) {
        Mask mask = in.mask();
        Mask named = s.inputs().features().mask(s.builder(), input);
        if (mask != null && !mask.isResized()) {
            return true;
        }
        s.inputs()
                .features()
                .refuse(
                        Set.copyOf(Objects.requireNonNull(named.arrays())),
                        "a vertex takes the mask of '" + input + "' for a sequence of other steps");
        return false;
    }
}
