package dev.fastif.hvp.autodiff;

import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function of every element, in single precision; derivatives are computed when first asked for. */
final class CpuActivated implements SymmetricPoint {
    /** An activation function. */
    enum Curve {
        /** {@code x Phi(x)}. */
        GELU {
            @Override
            void value(float[] x, int length) {
                NormalTable table = NormalTable.INSTANCE;
                for (int i = 0; i < length; i++) {
                    x[i] *= table.cumulative(x[i]);
                }
            }

            // Phi + x phi
            @Override
            void valueAndDerivative(float[] x, float[] first, int length) {
                NormalTable table = NormalTable.INSTANCE;
                for (int i = 0; i < length; i++) {
                    float at = x[i];
                    float cumulative = table.cumulative(at);
                    float density = table.density(at);
                    x[i] = at * cumulative;
                    first[i] = cumulative + at * density;
                }
            }

            // (2 - x^2) phi
            @Override
            void secondDerivative(float[] x, int length) {
                NormalTable table = NormalTable.INSTANCE;
                for (int i = 0; i < length; i++) {
                    x[i] = (2 - x[i] * x[i]) * table.density(x[i]);
                }
            }
        },

        /** Hyperbolic tangent. */
        TANH {
            @Override
            void value(float[] x, int length) {
                for (int i = 0; i < length; i++) {
                    x[i] = (float) Math.tanh(x[i]);
                }
            }

            @Override
            void valueAndDerivative(float[] x, float[] first, int length) {
                value(x, length);
                for (int i = 0; i < length; i++) {
                    first[i] = 1 - x[i] * x[i];
                }
            }

            @Override
            void secondDerivative(float[] x, int length) {
                value(x, length);
                for (int i = 0; i < length; i++) {
                    x[i] *= -2 * (1 - x[i] * x[i]);
                }
            }
        };

        /** Replaces each x by its value. */
        abstract void value(float[] x, int length);

        /** Replaces each x by its value, and sets the first derivative. */
        abstract void valueAndDerivative(float[] x, float[] first, int length);

        /** Replaces each x by the second derivative. */
        abstract void secondDerivative(float[] x, int length);
    }

    private final Curve curve;
    private final INDArray x;
    private final INDArray y;
    private @Nullable INDArray derivative;
    private @Nullable INDArray secondDerivative;

    CpuActivated(Curve curve, INDArray x, boolean differentiated) {
        this.curve = curve;
        this.x = x;
        this.y = room();
        if (differentiated) {
            differentiate();
            return;
        }
        FloatPointer from = Loops.pointer(x);
        FloatPointer to = Loops.target(y);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            curve.value(values, length);
            loops.write(values, to, start, length);
        });
    }

    private INDArray room() {
        return Arena.array(x.shape());
    }

    @Override
    public INDArray value() {
        return y;
    }

    @Override
    public INDArray product(INDArray u) {
        INDArray known = derivative;
        return CpuKernels.INSTANCE.mul(known == null ? differentiate() : known, u);
    }

    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
        INDArray known = derivative;
        FloatPointer slope = Loops.pointer(known == null ? differentiate() : known);
        INDArray out = room();
        FloatPointer bend = Loops.pointer(secondDerivative());
        FloatPointer dx = Loops.pointer(xTangent);
        FloatPointer factors = Loops.pointer(u);
        FloatPointer du = Loops.pointer(uTangent);
        FloatPointer to = Loops.target(out);
        Loops.each(u.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, factors, start, length);
            float[] second = loops.read(1, bend, start, length);
            float[] tangents = loops.read(2, dx, start, length);
            float[] first = loops.read(3, slope, start, length);
            float[] ofU = loops.read(4, du, start, length);
            for (int i = 0; i < length; i++) {
                values[i] = values[i] * second[i] * tangents[i] + first[i] * ofU[i];
            }
            loops.write(values, to, start, length);
        });
        return out;
    }

    /** Sets the value and the first derivative. */
    private INDArray differentiate() {
        INDArray first = room();
        FloatPointer from = Loops.pointer(x);
        FloatPointer toValue = Loops.target(y);
        FloatPointer toFirst = Loops.target(first);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            float[] slopes = loops.room(1, length);
            curve.valueAndDerivative(values, slopes, length);
            loops.write(values, toValue, start, length);
            loops.write(slopes, toFirst, start, length);
        });
        derivative = first;
        return first;
    }

    private INDArray secondDerivative() {
        INDArray known = secondDerivative;
        if (known != null) {
            return known;
        }
        INDArray second = room();
        FloatPointer from = Loops.pointer(x);
        FloatPointer to = Loops.target(second);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            curve.secondDerivative(values, length);
            loops.write(values, to, start, length);
        });
        secondDerivative = second;
        return second;
    }
}
