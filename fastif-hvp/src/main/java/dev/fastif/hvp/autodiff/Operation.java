package dev.fastif.hvp.autodiff;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One operation of a graph: its value, and the three derivatives that exact curvature needs. Forward over reverse: the
 * tangent differentiates the value along a direction of the parameters, the adjoint carries derivatives of the loss
 * backward, and the adjoint's tangent differentiates that along the same direction.
 *
 * <p>Operations are records, so that equal ones have one description; what they keep for the way back goes to {@link Frame#save}. Except for {@link #value} they
 * are called only on active nodes, those that depend on trainable parameters.
 */
interface Operation {
    /** Sets the value and its tangents along all directions. For operations whose parts share work. */
    default void forward(Frame frame, List<Frame> along) {
        frame.setValue(value(frame));
        for (Frame direction : along) {
            direction.setTangent(tangent(direction));
        }
    }

    /** Sends adjoints and their tangents along all directions to the active inputs. For operations whose parts share work. */
    default void backward(Frame frame, List<Frame> along) {
        adjoint(frame);
        for (Frame direction : along) {
            adjointTangent(direction);
        }
    }

    /** The value, from the values of inputs and parameters. */
    INDArray value(Frame frame);

    /** The tangent of the value. Tangents of inputs and parameters that are constant are null. */
    INDArray tangent(Frame frame);

    /** Sends adjoints to the active inputs, from the adjoint of the value. */
    void adjoint(Frame frame);

    /** Adds the gradients of the trainable parameters, from the adjoint of the value. */
    default void gradient(Frame frame) {}

    /** Sends the tangents of the adjoints to the active inputs, and adds those of the parameters' gradients. */
    void adjointTangent(Frame frame);

    /** The operation's name, for messages. */
    default String name() {
        return getClass().getSimpleName();
    }
}
