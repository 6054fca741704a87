package dev.fastif.knn;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Points read by ND4J's operations, on any of its back ends: the reference. */
record Nd4jPoints(INDArray points) implements Points {
    @Override
    public Products productsWith(double[]... queries) {
        INDArray left = Nd4j.createFromArray(queries).castTo(points.dataType());
        return new Products() {
            @Override
            public void compute(int start, int end, double[] out) {
                INDArray block = rows(start, end);
                INDArray products =
                        Nd4j.createUninitialized(block.dataType(), new long[] {left.size(0), block.size(0)}, 'c');
                Nd4j.exec(DynamicCustomOp.builder("matmul")
                        .addInputs(left, block)
                        .addOutputs(products)
                        .addIntegerArguments(0, 1, 0)
                        .build());
                copy(products, out);
            }

            @Override
            public void close() {
                left.close();
            }
        };
    }

    @Override
    public void read(int start, int count, double[] out) {
        copy(rows(start, start + count), out);
    }

    private INDArray rows(int start, int end) {
        return points.get(NDArrayIndex.interval(start, end), NDArrayIndex.all());
    }

    private static void copy(INDArray matrix, double... out) {
        double[] values = matrix.reshape('c', new long[] {matrix.length()}).toDoubleVector();
        System.arraycopy(values, 0, out, 0, values.length);
    }
}
