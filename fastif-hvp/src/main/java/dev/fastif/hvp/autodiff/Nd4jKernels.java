package dev.fastif.hvp.autodiff;

import static dev.fastif.hvp.autodiff.Shapes.rows;
import static dev.fastif.hvp.autodiff.Shapes.unrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The reference: plain ND4J operations, on any of its back ends. */
final class Nd4jKernels implements Kernels {
    static final Kernels INSTANCE = new Nd4jKernels();

    private static final long NORMAL = 0;
    private static final long TRANSPOSED = 1;

    private Nd4jKernels() {}

    /** None: ND4J's operations have threads of their own, and BLAS keeps its. */
    @Override
    public Team gather() {
        return Team.alone();
    }

    @Override
    public INDArray matmul(INDArray a, INDArray b) {
        return b.rank() == 2 ? unrows(product(rows(a), NORMAL, b, NORMAL), a) : product(a, NORMAL, b, NORMAL);
    }

    @Override
    public INDArray matmulNT(INDArray a, INDArray b) {
        return b.rank() == 2 ? unrows(product(rows(a), NORMAL, b, TRANSPOSED), a) : product(a, NORMAL, b, TRANSPOSED);
    }

    @Override
    public INDArray matmulTN(INDArray a, INDArray b) {
        return product(a, TRANSPOSED, b, NORMAL);
    }

    @Override
    public void addMatmul(INDArray sum, INDArray a, INDArray b) {
        add(sum, matmul(a, b), 1);
    }

    @Override
    public void addMatmulNT(INDArray sum, INDArray a, INDArray b) {
        add(sum, matmulNT(a, b), 1);
    }

    @Override
    public void addMatmulTN(INDArray sum, INDArray a, INDArray b) {
        setMatmulTN(sum, 1, 1, a, b);
    }

    @Override
    public void setMatmulTN(INDArray out, double keep, double factor, INDArray a, INDArray b) {
        set(out, keep, factor, out.rank() == 2 ? matmulTN(rows(a), rows(b)) : matmulTN(a, b));
    }

    private static void set(INDArray out, double keep, double factor, INDArray term) {
        term.muli(factor);
        if (keep == 0) {
            out.assign(term);
        } else {
            out.muli(keep).addi(term);
        }
    }

    @Override
    public INDArray headsNT(INDArray x, INDArray w, int heads) {
        INDArray columns = headsFirst(columnsAsHeads(w, heads));
        return headsFirst(product(headsFirst(columnsAsHeads(x, heads)), NORMAL, columns, TRANSPOSED));
    }

    @Override
    public INDArray heads(INDArray y, INDArray w) {
        INDArray columns = headsFirst(columnsAsHeads(w, (int) y.size(1)));
        return headsFirst(product(headsFirst(y), NORMAL, columns, NORMAL)).reshape('c', y.size(0), w.size(1));
    }

    @Override
    public void setHeadsTN(INDArray out, double keep, double factor, INDArray y, INDArray x) {
        INDArray product = product(headsFirst(y), TRANSPOSED, headsFirst(columnsAsHeads(x, (int) y.size(1))), NORMAL);
        set(out, keep, factor, headsFirst(product).reshape('c', out.shape()));
    }

    @Override
    public INDArray scores(INDArray a, INDArray b, int heads, double factor) {
        return matmulNT(split(a, heads), split(b, heads)).muli(factor);
    }

    @Override
    public void addScores(INDArray scores, INDArray a, INDArray b, double factor) {
        scores.addi(scores(a, b, (int) scores.size(1), factor));
    }

    @Override
    public INDArray means(INDArray weights, INDArray b, double factor) {
        return merge(matmul(weights, split(b, (int) weights.size(1)))).muli(factor);
    }

    @Override
    public void addMeans(INDArray means, INDArray weights, INDArray b, double factor) {
        means.addi(means(weights, b, factor));
    }

    @Override
    public INDArray shares(INDArray weights, INDArray a, double factor) {
        return merge(matmulTN(weights, split(a, (int) weights.size(1)))).muli(factor);
    }

    @Override
    public void addShares(INDArray shares, INDArray weights, INDArray a, double factor) {
        shares.addi(shares(weights, a, factor));
    }

    /** [n, t, h] to [n, heads, t, h / heads]. */
    private static INDArray split(INDArray x, int heads) {
        return x.reshape('c', x.size(0), x.size(1), heads, x.size(2) / heads)
                .permute(0, 2, 1, 3)
                .dup('c');
    }

    /** The inverse of {@link #split}. */
    private static INDArray merge(INDArray x) {
        return x.permute(0, 2, 1, 3).dup('c').reshape('c', x.size(0), x.size(2), x.size(1) * x.size(3));
    }

    /** [r, h] to [r, heads, h / heads]. */
    private static INDArray columnsAsHeads(INDArray matrix, int heads) {
        return matrix.reshape('c', matrix.size(0), heads, matrix.size(1) / heads);
    }

    /** [r, heads, m] to [heads, r, m], or the other way. */
    private static INDArray headsFirst(INDArray array) {
        return array.permute(1, 0, 2).dup('c');
    }

    @Override
    public INDArray stack(List<INDArray> arrays) {
        return Nd4j.concat(0, arrays.toArray(INDArray[]::new));
    }

    @Override
    public INDArray zeros(DataType type, long... shape) {
        return Nd4j.zeros(type, shape);
    }

    @Override
    public INDArray scaled(INDArray x, double factor) {
        return x.mul(factor);
    }

    // The custom op into an output of C order: mmul would compute into F order and copy.
    private static INDArray product(INDArray a, long transposeA, INDArray b, long transposeB) {
        long[] shape = a.shape().clone();
        shape[shape.length - 2] = a.size(transposeA == NORMAL ? -2 : -1);
        shape[shape.length - 1] = b.size(transposeB == NORMAL ? -1 : -2);
        INDArray out = Nd4j.createUninitialized(a.dataType(), shape, 'c');
        Nd4j.exec(DynamicCustomOp.builder("matmul")
                .addInputs(a, b)
                .addOutputs(out)
                .addIntegerArguments((int) transposeA, (int) transposeB, 0)
                .build());
        return out;
    }

    @Override
    public void addRow(INDArray matrix, INDArray row) {
        rows(matrix).addiRowVector(row);
    }

    @Override
    public void setSumOfRows(INDArray out, double keep, double factor, INDArray matrix) {
        set(out, keep, factor, rows(matrix).sum(0));
    }

    @Override
    public INDArray mulRows(List<INDArray> matrices, List<INDArray> rows, @Nullable INDArray plus) {
        INDArray sum = matrices.get(0).ulike().assign(0);
        for (int i = 0; i < rows.size(); i++) {
            sum.addi(rows(matrices.get(i)).mulRowVector(rows.get(i)).reshape('c', sum.shape()));
        }
        if (plus != null) {
            addRow(sum, plus);
        }
        return sum;
    }

    @Override
    public INDArray add(INDArray a, INDArray b) {
        return a.add(b);
    }

    @Override
    public INDArray mul(INDArray a, INDArray b) {
        return a.mul(b);
    }

    @Override
    public void add(INDArray sum, INDArray a, double factor) {
        if (factor == 1) {
            sum.addi(a);
        } else {
            sum.addi(a.mul(factor));
        }
    }

    @Override
    public void addAndSquare(INDArray sum, INDArray a, Total squares) {
        sum.addi(a);
        squares.addAll(sum.mul(sum).sumNumber().doubleValue());
    }

    @Override
    public void scale(INDArray x, double factor) {
        x.muli(factor);
    }

    @Override
    public INDArray token(INDArray x, int index) {
        return x.get(tokenOf(index)).dup('c');
    }

    @Override
    public INDArray onlyToken(INDArray rows, long t, int index) {
        INDArray all = Nd4j.zeros(rows.dataType(), rows.size(0), t, rows.size(1));
        all.get(tokenOf(index)).assign(rows);
        return all;
    }

    private static INDArrayIndex[] tokenOf(int index) {
        return new INDArrayIndex[] {NDArrayIndex.all(), NDArrayIndex.point(index), NDArrayIndex.all()};
    }

    @Override
    public void addMask(INDArray scores, INDArray mask, double penalty) {
        INDArray bias = mask.castTo(scores.dataType()).rsub(1).muli(-penalty);
        long[] shape = new long[scores.rank()];
        Arrays.fill(shape, 1);
        shape[0] = mask.size(0);
        shape[shape.length - 1] = mask.size(1);
        scores.addi(bias.reshape('c', shape));
    }

    @Override
    public SymmetricPoint normalize(INDArray x, double epsilon) {
        INDArray rows = rows(x);
        INDArray y = rows.subColumnVector(rows.mean(true, 1));
        INDArray inverseDeviation = Transforms.pow(y.mul(y).mean(true, 1).addi(epsilon), -0.5, false);
        y.muliColumnVector(inverseDeviation);
        return new Normalized(y.reshape('c', x.shape()), inverseDeviation);
    }

    private record Normalized(INDArray value, INDArray inverseDeviation) implements SymmetricPoint {
        @Override
        public INDArray product(INDArray u) {
            INDArray y = rows(value);
            INDArray rows = rows(u);
            INDArray result = rows.subColumnVector(rows.mean(true, 1));
            result.subi(y.mulColumnVector(y.mul(rows).mean(true, 1)));
            return result.muliColumnVector(inverseDeviation).reshape('c', u.shape());
        }

        // J u = r (u - mean(u) - y mean(y u)) with r = 1/deviation, whose tangent is -r^2 mean(y xTangent)
        @Override
        public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
            INDArray y = rows(value);
            INDArray dy = rows(yTangent);
            INDArray rows = rows(u);
            INDArray result = dy.mulColumnVector(y.mul(rows).mean(true, 1));
            result.addi(y.mulColumnVector(dy.mul(rows).mean(true, 1)));
            INDArray growth = y.mul(rows(xTangent)).mean(true, 1);
            result.addi(rows(product(u)).muliColumnVector(growth));
            result.muliColumnVector(inverseDeviation).negi();
            return result.addi(rows(product(uTangent))).reshape('c', u.shape());
        }
    }

    @Override
    public SymmetricPoint softmax(INDArray x) {
        INDArray y = Nd4j.createUninitialized(x.dataType(), x.shape(), 'c');
        Nd4j.exec(DynamicCustomOp.builder("softmax")
                .addInputs(x)
                .addOutputs(y)
                .addIntegerArguments(x.rank() - 1)
                .build());
        return new Softmax(y);
    }

    private record Softmax(INDArray value) implements SymmetricPoint {
        @Override
        public INDArray product(INDArray u) {
            INDArray y = rows(value);
            INDArray rows = rows(u);
            INDArray mean = y.mul(rows).sum(true, 1);
            return rows.subColumnVector(mean).muli(y).reshape('c', u.shape());
        }

        @Override
        public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
            INDArray y = rows(value);
            INDArray dy = rows(yTangent);
            INDArray rows = rows(u);
            INDArray result = rows.subColumnVector(y.mul(rows).sum(true, 1)).muli(dy);
            result.subi(y.mulColumnVector(dy.mul(rows).sum(true, 1)));
            return result.addi(rows(product(uTangent))).reshape('c', u.shape());
        }
    }

    @Override
    public List<INDArray> activate(Activation f, INDArray x, List<INDArray> tangents) {
        INDArray y = f.value(x);
        INDArray first = f.derivative(x, y);
        List<INDArray> out = new ArrayList<>(List.of(y));
        tangents.forEach(dx -> out.add(first.mul(dx)));
        return out;
    }

    @Override
    public List<INDArray> activateBack(
            Activation f, INDArray x, INDArray g, List<INDArray> xTangents, List<INDArray> gTangents) {
        INDArray y = f.value(x);
        INDArray first = f.derivative(x, y);
        INDArray second = f.secondDerivative(x, y, first);
        List<INDArray> out = new ArrayList<>(List.of(first.mul(g)));
        for (int i = 0; i < xTangents.size(); i++) {
            out.add(second.mul(xTangents.get(i)).muli(g).addi(first.mul(gTangents.get(i))));
        }
        return out;
    }

    @Override
    public INDArray lessOneAt(INDArray rows, INDArray classes) {
        INDArray out = rows.dup('c');
        for (int i = 0; i < rows.size(0); i++) {
            long column = Kernels.index(classes.getDouble(i), i, rows.size(1));
            out.putScalar(i, column, out.getDouble(i, column) - 1);
        }
        return out;
    }
}
