package dev.fastif.hvp.autodiff.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** An activation function y = f(x) with its first two derivatives. */
public enum Activation {
    /** {@code x Phi(x)} with the exact normal distribution function. */
    GELU {
        @Override
        INDArray value(INDArray x) {
            return cumulative(x).muli(x);
        }

        @Override
        INDArray derivative(INDArray x, INDArray y) {
            return density(x).muli(x).addi(cumulative(x));
        }

        @Override
        INDArray secondDerivative(INDArray x, INDArray y, INDArray derivative) {
            return x.mul(x).rsubi(2).muli(density(x));
        }

        private INDArray cumulative(INDArray x) {
            INDArray scaled = x.mul(Math.sqrt(0.5));
            return Nd4j.getExecutioner().exec(new Erf(scaled, scaled)).addi(1).muli(0.5);
        }

        private INDArray density(INDArray x) {
            INDArray exponent = x.mul(x).muli(-0.5);
            return Transforms.exp(exponent, false).muli(1 / Math.sqrt(2 * Math.PI));
        }
    },

    /** Hyperbolic tangent. */
    TANH {
        @Override
        INDArray value(INDArray x) {
            return Transforms.tanh(x, true);
        }

        @Override
        INDArray derivative(INDArray x, INDArray y) {
            return y.mul(y).rsubi(1);
        }

        @Override
        INDArray secondDerivative(INDArray x, INDArray y, INDArray derivative) {
            return y.mul(derivative).muli(-2);
        }
    },

    /** {@code max(x, 0)}, with derivative 0 at 0. */
    RELU {
        @Override
        INDArray value(INDArray x) {
            return Transforms.max(x, 0, true);
        }

        @Override
        INDArray derivative(INDArray x, INDArray y) {
            return x.gt(0).castTo(x.dataType());
        }

        @Override
        INDArray secondDerivative(INDArray x, INDArray y, INDArray derivative) {
            return x.ulike().assign(0);
        }
    },

    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID {
        @Override
        INDArray value(INDArray x) {
            return Transforms.sigmoid(x, true);
        }

        @Override
        INDArray derivative(INDArray x, INDArray y) {
            return y.rsub(1).muli(y);
        }

        @Override
        INDArray secondDerivative(INDArray x, INDArray y, INDArray derivative) {
            return y.mul(-2).addi(1).muli(derivative);
        }
    };

    abstract INDArray value(INDArray x);

    abstract INDArray derivative(INDArray x, INDArray y);

    abstract INDArray secondDerivative(INDArray x, INDArray y, INDArray derivative);
}
