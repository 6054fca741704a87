package dev.fastif.hvp.autodiff;

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
        Loops loops = Loops.get();
        float[] values = loops.read(0, x);
        NormalTable table = NormalTable.INSTANCE;
        for (int i = 0, n = loops.length(x); i < n; i++) {
            values[i] *= table.cumulative(values[i]);
        }
        this.y = loops.write(values, room());
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
        Loops loops = Loops.get();
        INDArray bend = secondDerivative();
        float[] out = loops.read(0, u);
        float[] second = loops.read(1, bend);
        float[] dx = loops.read(2, xTangent);
        for (int i = 0, n = loops.length(u); i < n; i++) {
            out[i] *= second[i] * dx[i];
        }
        return loops.write(out, room());
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
        Loops loops = Loops.get();
        NormalTable table = NormalTable.INSTANCE;
        int n = loops.length(x);
        float[] values = loops.read(0, x);
        float[] second = loops.room(1, n);
        for (int i = 0; i < n; i++) {
            float at = values[i];
            float density = table.density(at);
            values[i] = table.cumulative(at) + at * density;
            second[i] = (2 - at * at) * density;
        }
        derivative = loops.write(values, room());
        secondDerivative = loops.write(second, room());
        return this;
    }
}
