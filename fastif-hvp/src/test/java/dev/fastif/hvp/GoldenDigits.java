package dev.fastif.hvp;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Regularizer;
import dev.fastif.core.TrainingSet;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.Set;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A golden set of the kind 'digits' in our terms: softmax regression with weights [pixels + 1, classes], the transpose of
 * the oracle's, the bias the last row.
 */
final class GoldenDigits {
    final GoldenSet set = GoldenSet.find("digits", Set.of("objective", "l2", "damping", "n_train", "n_test", "loo"));
    final GraphModel model;
    final TrainingSet trainingSet = TrainingSet.of(digits("train"));
    final Batch tests = digits("test");
    private final double l2 = set.manifest().get("l2").doubleValue();

    GoldenDigits() {
        Graph.Builder graph = Graph.builder(DataType.DOUBLE);
        Node logits = Layers.linear(graph.input(Batch.FEATURES), graph.trainable("weights", weights()));
        model = GraphModel.builder(graph.build(), logits, Loss.softmaxCrossEntropy())
                .regularizer(Regularizer.weightDecay(l2 / 2))
                .build();
    }

    double damping() {
        return set.manifest().get("damping").doubleValue();
    }

    Batch test(int i) {
        return TrainingSet.of(tests).batch(i);
    }

    Batch digits(String part) {
        INDArray pixels = set.array("features_" + part);
        INDArray ones = Nd4j.ones(DataType.DOUBLE, pixels.size(0), 1);
        return Batch.of(Nd4j.hstack(pixels, ones), set.array("labels_" + part));
    }

    private INDArray weights() {
        return set.array("weights").transpose().dup('c');
    }

    /** The oracle's s_test of a test point, at {@link #damping}, [p]. */
    INDArray sTest(int i) {
        long classes = set.array("weights").size(0);
        return set.array("s_test")
                .getRow(i)
                .reshape('c', classes, -1)
                .transpose()
                .dup('c')
                .reshape(-1);
    }

    /** {@code (H + lambda I)^-1 v} by elimination, H in closed form. */
    INDArray solve(double damping, INDArray v) {
        RealMatrix system = hessian();
        for (int i = 0; i < system.getRowDimension(); i++) {
            system.addToEntry(i, i, damping);
        }
        return Nd4j.createFromArray(new CholeskyDecomposition(system, 1e-10, 1e-10)
                .getSolver()
                .solve(new ArrayRealVector(v.toDoubleVector(), false))
                .toArray());
    }

    /** Its block of classes a and b is the mean of {@code p_a (1[a = b] - p_b) x x^T}, plus weight decay. */
    private RealMatrix hessian() {
        INDArray x = digits("train").get(Batch.FEATURES);
        INDArray p = Transforms.softmax(x.mmul(weights()));
        int d = x.columns();
        int classes = p.columns();
        RealMatrix hessian = new Array2DRowRealMatrix(d * classes, d * classes);
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b < classes; b++) {
                INDArray weight = p.getColumn(a).mul(p.getColumn(b).rsub(a == b ? 1 : 0));
                double[][] block = x.transpose()
                        .mmul(x.mulColumnVector(weight))
                        .divi(x.rows())
                        .toDoubleMatrix();
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j < d; j++) {
                        double decay = a == b && i == j ? l2 : 0;
                        hessian.setEntry(i * classes + a, j * classes + b, block[i][j] + decay);
                    }
                }
            }
        }
        return hessian;
    }
}
