package dev.fastif.hvp.autodiff;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An operation whose parts are computed one after the other, direction by direction. */
public interface SimpleOperation extends Operation {
    /** The value, from the values of inputs and parameters. */
    INDArray value(Frame frame);

    /** The tangent of the value. Tangents of inputs and parameters that are constant are null. */
    INDArray tangent(Frame frame);

    /** Sends the tangents of the adjoints to the active inputs, and adds those of the parameters' gradients. */
    void adjointTangent(Frame frame);

    @Override
    default void forward(Frame frame, List<Frame> along) {
        frame.setValue(value(frame));
        for (Frame direction : along) {
            direction.setTangent(tangent(direction));
        }
    }

    @Override
    default void backward(Frame frame, List<Frame> along) {
        adjoint(frame);
        for (Frame direction : along) {
            adjointTangent(direction);
        }
    }
}
