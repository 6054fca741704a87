package dev.fastif.hvp.autodiff;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A way back through a graph: where adjoints come from, through which nodes they go, and what is summed up on it. With tangents of
 * adjoints, one for each direction of the pass, these are carried along, and the tangents of the gradient summed up:
 * Hessian-vector products.
 *
 * @param adjoints where it begins
 * @param tangents of the adjoint of the pass's output; none, or one for each direction
 * @param gradient what is told of the gradient, if it is wanted
 * @param products what its tangents are added to, as many as {@code tangents}
 * @param part the nodes that it goes through
 */
record WayBack(
        Map<Node, INDArray> adjoints,
        List<INDArray> tangents,
        @Nullable Sink gradient,
        List<GradientSum> products,
        Predicate<Node> part) {
    /** From these adjoints, to tell of the gradient. */
    static WayBack to(Sink gradient, Map<Node, INDArray> adjoints) {
        return new WayBack(adjoints, List.of(), gradient, List.of(), node -> true);
    }

    /** From the adjoint of an output and its tangents, to sum up products. */
    static WayBack to(List<GradientSum> products, Node output, INDArray adjoint, List<INDArray> tangents) {
        return new WayBack(Map.of(output, adjoint), tangents, null, products, node -> true);
    }

    /** The same, with the gradient summed up too. */
    WayBack and(Sink sum) {
        return new WayBack(adjoints, tangents, sum, products, part);
    }

    /** The same, through some nodes only. */
    WayBack through(Predicate<Node> nodes) {
        return new WayBack(adjoints, tangents, gradient, products, nodes);
    }
}
