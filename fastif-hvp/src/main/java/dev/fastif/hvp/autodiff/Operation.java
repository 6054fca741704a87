package dev.fastif.hvp.autodiff;

import java.util.List;

/**
 * One operation of a graph: its value, and the three derivatives that exact curvature needs. Forward over reverse: the
 * tangent differentiates the value along a direction of the parameters, the adjoint carries derivatives of the loss
 * backward, and the adjoint's tangent differentiates that along the same direction. Directions advance together, so that
 * an operation can share work among them; most do not, and are {@link SimpleOperation}s.
 *
 * <p>Operations are records, so that equal ones have one description; what they keep for the way back goes to {@link
 * Frame#save}. Except for {@link #forward} they are called only on active nodes, those that depend on trainable parameters.
 */
public interface Operation {
    /**
     * Sets the value and its tangents, from those of inputs and parameters; tangents of what is constant are null.
     *
     * @param along a frame for each direction; none if the node is not active
     */
    void forward(Frame frame, List<Frame> along);

    /** Sends adjoints to the active inputs, from the adjoint of the value. */
    void adjoint(Frame frame);

    /** Adds the gradients of the trainable parameters, from the adjoint of the value. */
    default void gradient(Frame frame) {}

    /**
     * Sends adjoints and their tangents to the active inputs, and adds the tangents of the parameters' gradients.
     *
     * @param along a frame for each direction
     */
    void backward(Frame frame, List<Frame> along);

    /** The operation's name, for messages. */
    default String name() {
        return getClass().getSimpleName();
    }
}
