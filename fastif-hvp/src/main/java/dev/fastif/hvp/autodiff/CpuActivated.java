package dev.fastif.hvp.autodiff;

import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An activation function of every element, in single precision; its derivatives are computed when first asked for. */
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

            // Phi + x phi and (2 - x^2) phi
            @Override
            void derivatives(float[] x, float[] second, int length) {
                NormalTable table = NormalTable.INSTANCE;
                for (int i = 0; i < length; i++) {
                    float at = x[i];
                    float density = table.density(at);
                    x[i] = table.cumulative(at) + at * density;
                    second[i] = (2 - at * at) * density;
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
            void derivatives(float[] x, float[] second, int length) {
                value(x, length);
                for (int i = 0; i < length; i++) {
                    float y = x[i];
                    x[i] = 1 - y * y;
                    second[i] = -2 * y * x[i];
                }
            }
        };

        /** Replaces each x by its value. */
        abstract void value(float[] x, int length);

        /** Replaces each x by the first derivative, and sets the second. */
        abstract void derivatives(float[] x, float[] second, int length);
    }

    private final Curve curve;
    private final INDArray x;
    private final INDArray y;
    private @Nullable INDArray derivative;
    private @Nullable INDArray secondDerivative;

    CpuActivated(Curve curve, INDArray x) {
        this.curve = curve;
        this.x = x;
        this.y = room();
        FloatPointer from = Loops.pointer(x);
        FloatPointer to = Loops.target(y);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            curve.value(values, length);
            loops.write(values, to, start, length);
        });
    }

    private INDArray room() {
        return Nd4j.createUninitialized(DataType.FLOAT, x.shape(), 'c');
    }

    @Override
    public INDArray value() {
        return y;
    }

    @Override
    public INDArray product(INDArray u) {
        return CpuKernels.INSTANCE.mul(derivative(), u);
    }

    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u) {
        INDArray out = room();
        FloatPointer bend = Loops.pointer(secondDerivative());
        FloatPointer dx = Loops.pointer(xTangent);
        FloatPointer factors = Loops.pointer(u);
        FloatPointer to = Loops.target(out);
        Loops.each(u.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, factors, start, length);
            float[] second = loops.read(1, bend, start, length);
            float[] tangents = loops.read(2, dx, start, length);
            for (int i = 0; i < length; i++) {
                values[i] *= second[i] * tangents[i];
            }
            loops.write(values, to, start, length);
        });
        return out;
    }

    private INDArray derivative() {
        INDArray known = derivative;
        return known == null ? differentiated().derivative() : known;
    }

    private INDArray secondDerivative() {
        INDArray known = secondDerivative;
        return known == null ? differentiated().secondDerivative() : known;
    }

    private CpuActivated differentiated() {
        INDArray first = room();
        INDArray second = room();
        FloatPointer from = Loops.pointer(x);
        FloatPointer toFirst = Loops.target(first);
        FloatPointer toSecond = Loops.target(second);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            float[] bends = loops.room(1, length);
            curve.derivatives(values, bends, length);
            loops.write(values, toFirst, start, length);
            loops.write(bends, toSecond, start, length);
        });
        derivative = first;
        secondDerivative = second;
        return this;
    }
}
