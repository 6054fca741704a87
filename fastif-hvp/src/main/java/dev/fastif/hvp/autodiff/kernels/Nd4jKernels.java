package dev.fastif.hvp.autodiff.kernels;

import static dev.fastif.hvp.autodiff.kernels.Shapes.rows;

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

/** The reference: plain ND4J operations, on any of its back ends. They have threads of their own, and BLAS keeps its. */
final class Nd4jKernels implements Kernels {
    private final DataType type;

    Nd4jKernels(DataType type) {
        this.type = type;
    }

    @Override
    public INDArray array(long... shape) {
        return Nd4j.createUninitialized(type, shape, 'c');
    }

    @Override
    public INDArray zeros(long... shape) {
        return Nd4j.zeros(type, shape);
    }

    @Override
    public INDArray load(INDArray given) {
        return Elements.dense(given.castTo(type));
    }

    @Override
    public void setProduct(Factor out, double keep, double factor, Factor x, Factor y) {
        boolean isOne = out.isSingle() || (y.isSingle() && !x.isTransposed());
        INDArray left = isOne && x.heads() == 1 ? rows(x.array()) : matrices(x);
        INDArray right = isOne && y.heads() == 1 ? rows(y.array()) : matrices(y);
        int kLeft = Math.toIntExact(left.size(x.isTransposed() ? -2 : -1));
        int kRight = Math.toIntExact(right.size(y.isTransposed() ? -1 : -2));
        INDArray product = kLeft == kRight ? product(left, x.isTransposed(), right, y.isTransposed()) : null;
        if (product == null || product.length() != out.array().length()) {
            throw Kernels.misfit(out, x, y);
        }
        set(out.array(), keep, factor, inPlaceOf(out, product));
    }

    /** Matrices [count, rows, columns], or one [rows, columns]. */
    private static INDArray matrices(Factor f) {
        if (f.heads() == 1) {
            return f.isSingle() ? f.array() : f.array().reshape('c', f.count(), f.rows(), f.columns());
        }
        return f.array()
                .reshape('c', f.count() / f.heads(), f.rows(), f.heads(), f.columns())
                .permute(0, 2, 1, 3)
                .dup('c')
                .reshape('c', f.count(), f.rows(), f.columns());
    }

    /** Matrices in the order and shape of what they are to be written to. */
    private static INDArray inPlaceOf(Factor out, INDArray matrices) {
        INDArray ordered = out.heads() == 1
                ? matrices
                : matrices.reshape('c', out.count() / out.heads(), out.heads(), out.rows(), out.columns())
                        .permute(0, 2, 1, 3)
                        .dup('c');
        return ordered.reshape('c', out.array().shape());
    }

    private static void set(INDArray out, double keep, double factor, INDArray term) {
        term.muli(factor);
        if (keep == 0) {
            out.assign(term);
        } else {
            out.muli(keep).addi(term);
        }
    }

    // The custom op into an output of C order: mmul would compute into F order and copy.
    private static INDArray product(INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        long[] shape = a.shape().clone();
        shape[shape.length - 2] = a.size(transposeA ? -1 : -2);
        shape[shape.length - 1] = b.size(transposeB ? -2 : -1);
        INDArray out = Nd4j.createUninitialized(a.dataType(), shape, 'c');
        Nd4j.exec(DynamicCustomOp.builder("matmul")
                .addInputs(a, b)
                .addOutputs(out)
                .addIntegerArguments(transposeA ? 1 : 0, transposeB ? 1 : 0, 0)
                .build());
        return out;
    }

    @Override
    public List<INDArray> products(List<INDArray> xs, Factor matrix, @Nullable INDArray... added) {
        List<INDArray> products =
                xs.stream().map(x -> product(Factor.of(x), matrix)).toList();
        for (int i = 0; i < added.length; i++) {
            INDArray row = added[i];
            if (row != null) {
                addRowTo(products.get(i), row);
            }
        }
        return products;
    }

    @Override
    public void setSumOfProducts(INDArray out, double keep, double factor, List<INDArray> xs, List<INDArray> ys) {
        for (int i = 0; i < xs.size(); i++) {
            Factor x = Factor.of(xs.get(i)).transpose();
            setProduct(Factor.of(out), i == 0 ? keep : 1, factor, x, Factor.of(ys.get(i)));
        }
    }

    @Override
    public INDArray stack(List<INDArray> arrays) {
        return Nd4j.concat(0, arrays.toArray(INDArray[]::new));
    }

    @Override
    public INDArray sum(INDArray a, INDArray b) {
        return a.add(b);
    }

    @Override
    public INDArray times(INDArray a, INDArray b) {
        return a.mul(b);
    }

    @Override
    public INDArray scaled(INDArray x, double factor) {
        return x.mul(factor);
    }

    @Override
    public void scale(INDArray x, double factor) {
        x.muli(factor);
    }

    @Override
    public void addTo(INDArray sum, INDArray a, double factor) {
        if (factor == 1) {
            sum.addi(a);
        } else {
            sum.addi(a.mul(factor));
        }
    }

    @Override
    public void addTo(INDArray sum, INDArray a, Total squares) {
        sum.addi(a);
        squares.addAll(sum.mul(sum).sumNumber().doubleValue());
    }

    @Override
    public void addRowTo(INDArray matrix, INDArray row) {
        rows(matrix).addiRowVector(row);
    }

    @Override
    public void addMaskTo(INDArray scores, INDArray mask, double penalty) {
        INDArray bias = mask.castTo(scores.dataType()).rsub(1).muli(-penalty);
        long[] shape = new long[scores.rank()];
        Arrays.fill(shape, 1);
        shape[0] = mask.size(0);
        shape[shape.length - 1] = mask.size(1);
        scores.addi(bias.reshape('c', shape));
    }

    @Override
    public void setSumOfRows(INDArray out, double keep, double factor, INDArray matrix) {
        set(out, keep, factor, rows(matrix).sum(0));
    }

    @Override
    public INDArray timesRows(List<INDArray> matrices, List<INDArray> rows, @Nullable INDArray plus) {
        INDArray sum = matrices.get(0).ulike().assign(0);
        for (int i = 0; i < rows.size(); i++) {
            sum.addi(rows(matrices.get(i)).mulRowVector(rows.get(i)).reshape('c', sum.shape()));
        }
        if (plus != null) {
            addRowTo(sum, plus);
        }
        return sum;
    }

    @Override
    public INDArray token(INDArray x, int index) {
        return x.get(tokenOf(index)).dup('c');
    }

    @Override
    public INDArray onlyToken(INDArray rows, long t, int index) {
        INDArray all = zeros(rows.size(0), t, rows.size(1));
        all.get(tokenOf(index)).assign(rows);
        return all;
    }

    private static INDArrayIndex[] tokenOf(int index) {
        return new INDArrayIndex[] {NDArrayIndex.all(), NDArrayIndex.point(index), NDArrayIndex.all()};
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
        // ND4J's softmax takes no number below 0 for the largest of a row in DOUBLE: all far below 0 would become NaN
        Nd4j.exec(DynamicCustomOp.builder("softmax")
                .addInputs(x.sub(x.max(true, -1)))
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
            long column = CpuKernels.index(classes.getDouble(i), i, rows.size(1));
            out.putScalar(i, column, out.getDouble(i, column) - 1);
        }
        return out;
    }
}
