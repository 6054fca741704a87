package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The first input as it is, once a condition on the inputs is met. */
record Checked(Condition condition) implements LinearMap {
    /** What inputs must be. Implementations are records. */
    interface Condition {
        /** Throws IllegalArgumentException if it is not met. */
        void require(List<INDArray> inputs);
    }

    @Override
    public Plan at(List<INDArray> inputs) {
        condition.require(inputs);
        return new Plan() {
            @Override
            public INDArray apply(List<INDArray> x) {
                return x.get(0);
            }

            @Override
            public INDArray transpose(int i, INDArray adjoint) {
                return i == 0 ? adjoint : inputs.get(i).ulike().assign(0);
            }
        };
    }

    @Override
    public String toString() {
        return condition.toString();
    }

    /** That both inputs are of one shape. */
    record SameShape(String first, String second) implements Condition {
        @Override
        public void require(List<INDArray> inputs) {
            Check.argument(
                    Arrays.equals(inputs.get(0).shape(), inputs.get(1).shape()),
                    "%s have shape %s and %s %s: they must have the same",
                    first,
                    Arrays.toString(inputs.get(0).shape()),
                    second,
                    Arrays.toString(inputs.get(1).shape()));
        }
    }

    /** That the first input has so many dimensions. */
    record Rank(int rank, String message) implements Condition {
        @Override
        public void require(List<INDArray> inputs) {
            Check.argument(inputs.get(0).rank() == rank, "%s", message);
        }
    }

    /** That the elements along the last axis of the first input are not all equal. */
    record Spread(String message) implements Condition {
        @Override
        public void require(List<INDArray> inputs) {
            double[] elements = Elements.of(inputs.get(0));
            int size = Math.toIntExact(inputs.get(0).size(-1));
            for (int row = 0; row < elements.length; row += size) {
                double first = elements[row];
                Check.argument(
                        Arrays.stream(elements, row, row + size).anyMatch(element -> element != first), "%s", message);
            }
        }
    }

    /** That no element of the first input is 0. */
    record NoZeros(String message) implements Condition {
        @Override
        public void require(List<INDArray> inputs) {
            for (double element : Elements.of(inputs.get(0))) {
                Check.argument(element != 0, "%s", message);
            }
        }
    }

    /** That the first input is at least so much wherever the second is not 0, or everywhere if there is none. */
    record AtLeast(double least, String message) implements Condition {
        @Override
        public void require(List<INDArray> inputs) {
            INDArray x = inputs.get(0);
            if (x.isEmpty() || x.minNumber().doubleValue() >= least) {
                return;
            }
            double[] elements = Elements.of(x);
            double[] weights = inputs.size() > 1 ? Elements.of(inputs.get(1)) : elements;
            long each = x.length() / x.size(0);
            for (int i = 0; i < elements.length; i++) {
                Check.argument(
                        elements[i] >= least || weights[i % weights.length] == 0, "example %d: %s", i / each, message);
            }
        }
    }
}
