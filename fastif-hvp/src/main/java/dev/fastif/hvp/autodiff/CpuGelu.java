package dev.fastif.hvp.autodiff;

import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** GELU of every element, in single precision; its derivatives are computed when first asked for. */
final class CpuGelu implements SymmetricPoint {
    private final INDArray x;
    private final INDArray y;
    private @Nullable INDArray derivative;
    private @Nullable INDArray secondDerivative;

    CpuGelu(INDArray x) {
        this.x = x;
        this.y = room();
        FloatPointer from = Loops.pointer(x);
        FloatPointer to = Loops.target(y);
        NormalTable table = NormalTable.INSTANCE;
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            for (int i = 0; i < length; i++) {
                values[i] *= table.cumulative(values[i]);
            }
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

    /** Phi + x phi and (2 - x^2) phi. */
    private CpuGelu differentiated() {
        INDArray first = room();
        INDArray second = room();
        FloatPointer from = Loops.pointer(x);
        FloatPointer toFirst = Loops.target(first);
        FloatPointer toSecond = Loops.target(second);
        NormalTable table = NormalTable.INSTANCE;
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            float[] bends = loops.room(1, length);
            for (int i = 0; i < length; i++) {
                float at = values[i];
                float density = table.density(at);
                values[i] = table.cumulative(at) + at * density;
                bends[i] = (2 - at * at) * density;
            }
            loops.write(values, toFirst, start, length);
            loops.write(bends, toSecond, start, length);
        });
        derivative = first;
        secondDerivative = second;
        return this;
    }
}
