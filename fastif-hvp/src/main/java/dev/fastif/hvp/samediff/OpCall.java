package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An operation of a SameDiff graph, where a rule translates it. Not thread-safe. */
public interface OpCall {
    /** The graph to which operations are added. */
    Graph.Builder graph();

    /** General operations of that graph. */
    Tensors ops();

    /** The operation, with its options. It must not be changed. */
    DifferentialFunction op();

    /** Which of the operation's values is meant: 0 for those that have one. */
    int output();

    /** The operation's translated arguments, parameters among them. */
    List<Node> inputs();

    /** The value of an argument that is a constant, else null. It must not be changed. */
    @Nullable
    INDArray constantOrNull(int i);
}
