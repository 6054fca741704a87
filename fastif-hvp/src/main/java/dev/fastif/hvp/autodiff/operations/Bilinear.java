package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Elements;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A function of two arrays, linear in each. A new one is a record with these three methods; {@link Product} differentiates it. */
public interface Bilinear {
    /**
     * The product, a fresh array.
     *
     * @param kernels the arithmetic of the pass; operations of ND4J do as well
     */
    INDArray apply(Kernels kernels, INDArray a, INDArray b);

    /** What an adjoint of the value sends to a, in a's shape. */
    INDArray toFirst(Kernels kernels, INDArray adjoint, INDArray a, INDArray b);

    /** What an adjoint of the value sends to b, in b's shape. */
    INDArray toSecond(Kernels kernels, INDArray adjoint, INDArray a, INDArray b);

    /** The product of two inputs. */
    record Product(Bilinear map) implements SimpleOperation {
        @Override
        public INDArray value(Frame f) {
            return Elements.dense(map.apply(f.kernels(), f.input(0), f.input(1)));
        }

        @Override
        public INDArray tangent(Frame f) {
            INDArray da = f.inputTangent(0);
            INDArray db = f.inputTangent(1);
            return Elements.dense(f.require(sum(
                    da == null ? null : map.apply(f.kernels(), da, f.input(1)),
                    db == null ? null : map.apply(f.kernels(), f.input(0), db))));
        }

        @Override
        public void adjoint(Frame f) {
            INDArray a = f.input(0);
            INDArray b = f.input(1);
            if (f.isActive(0)) {
                f.addAdjoint(0, Elements.dense(map.toFirst(f.kernels(), f.adjoint(), a, b)));
            }
            if (f.isActive(1)) {
                f.addAdjoint(1, Elements.dense(map.toSecond(f.kernels(), f.adjoint(), a, b)));
            }
        }

        @Override
        public void adjointTangent(Frame f) {
            INDArray a = f.input(0);
            INDArray b = f.input(1);
            INDArray da = f.inputTangent(0);
            INDArray db = f.inputTangent(1);
            if (f.isActive(0)) {
                INDArray bend = db == null ? null : map.toFirst(f.kernels(), f.adjoint(), a, db);
                f.addAdjointTangent(
                        0, Elements.dense(f.require(sum(map.toFirst(f.kernels(), f.adjointTangent(), a, b), bend))));
            }
            if (f.isActive(1)) {
                INDArray bend = da == null ? null : map.toSecond(f.kernels(), f.adjoint(), da, b);
                f.addAdjointTangent(
                        1, Elements.dense(f.require(sum(map.toSecond(f.kernels(), f.adjointTangent(), a, b), bend))));
            }
        }

        private static @Nullable INDArray sum(@Nullable INDArray a, @Nullable INDArray b) {
            if (a == null || b == null) {
                return a == null ? b : a;
            }
            return a.add(b);
        }

        @Override
        public String name() {
            return map.toString();
        }
    }
}
