package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A linear function of one or several arrays. A new one is a record with this one method; {@link Mapped} differentiates it. */
public interface LinearMap {
    /** The map for inputs of these shapes. Of inputs that are whole numbers, such as ids, it may use the values too. */
    Plan at(List<INDArray> inputs);

    /** A linear map for known shapes. */
    interface Plan {
        /** The map's value. Results may share memory with inputs. */
        INDArray apply(List<INDArray> inputs);

        /** The transpose: what the adjoint of the value sends to input {@code i}. */
        INDArray transpose(int i, INDArray adjoint);

        /** A map of the first input alone. */
        static Plan of(UnaryOperator<INDArray> map, UnaryOperator<INDArray> transpose) {
            return new Plan() {
                @Override
                public INDArray apply(List<INDArray> inputs) {
                    return map.apply(inputs.get(0));
                }

                @Override
                public INDArray transpose(int i, INDArray adjoint) {
                    return transpose.apply(adjoint);
                }
            };
        }
    }
}
