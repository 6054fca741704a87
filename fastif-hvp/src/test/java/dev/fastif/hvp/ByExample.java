package dev.fastif.hvp;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.GradientSink;
import dev.fastif.core.Model;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Checks what a model says of single examples against what it says of whole batches. */
public final class ByExample {
    private ByExample() {}

    /** The gradients that a sink is told of, as vectors [p] in the order in which they came. */
    private static final class Vectors implements GradientSink {
        private final Model model;
        private final List<List<INDArray>> ofExamples = new ArrayList<>();
        private final Set<String> told = new HashSet<>();
        private int first;
        private int count;
        private List<INDArray> vectors = List.of();

        Vectors(Model model, int examples) {
            this.model = model;
            for (int i = 0; i < examples; i++) {
                ofExamples.add(new ArrayList<>());
            }
        }

        @Override
        public void begin(int position, int number) {
            first = position;
            count = number;
            vectors = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                vectors.add(Nd4j.createUninitializedDetached(
                                DataType.DOUBLE, model.parameters().size())
                        .assign(0));
            }
            told.clear();
        }

        @Override
        public void factored(String parameter, INDArray x, INDArray g) {
            assertEquals(count, x.size(0), parameter);
            assertEquals(count, g.size(0), parameter);
            assertEquals(x.size(1), g.size(1), parameter);
            for (int i = 0; i < count; i++) {
                add(parameter, i, matrix(x, i).transpose().mmul(matrix(g, i)));
            }
            assertTrue(told.add(parameter), parameter);
        }

        @Override
        public void whole(String parameter, INDArray gradients) {
            for (int i = 0; i < count; i++) {
                add(parameter, i, matrix(gradients, i));
            }
            assertTrue(told.add(parameter), parameter);
        }

        private static INDArray matrix(INDArray all, int i) {
            long t = all.size(1);
            long c = all.size(2);
            return Nd4j.create(all.data(), new long[] {t, c}, new long[] {c, 1}, all.offset() + i * t * c, 'c')
                    .dup();
        }

        private void add(String parameter, int example, INDArray gradient) {
            INDArray view = model.parameters().view(vectors.get(example), parameter);
            view.addi(gradient.castTo(DataType.DOUBLE).dup('c').reshape('c', view.shape()));
        }

        @Override
        public void end() {
            for (int i = 0; i < count; i++) {
                ofExamples.get(first + i).add(vectors.get(i));
            }
        }
    }

    /** Each example's gradient is that of a batch of it alone. */
    public static void gradientsAreThoseOfSingleExamples(Model model, Batch batch, double tolerance) {
        Vectors vectors = new Vectors(model, batch.size());
        model.exampleGradients(batch, model.loss(), vectors);
        for (int i = 0; i < batch.size(); i++) {
            assertEquals(1, vectors.ofExamples.get(i).size());
            assertClose(
                    model.gradient(batch.example(i)), vectors.ofExamples.get(i).get(0), tolerance);
        }
    }

    /** The outer products of the gradients add up to the Gauss-Newton matrix. */
    public static void curvatureIsTheSumOfOuterProducts(Model model, Batch batch, double tolerance) {
        Vectors vectors = new Vectors(model, batch.size());
        try {
            model.curvatureGradients(batch, Integer.MAX_VALUE, vectors, new long[batch.size()]);
        } catch (IllegalArgumentException e) {
            assertTrue(e.toString().contains("not positive semi-definite"), e.toString());
            assertTrue(hasNegativeCurvature(model, batch), "there is no reason to refuse it");
            return;
        }
        INDArray v = normal(5, model.parameters().size());
        INDArray sum = v.ulike().assign(0);
        vectors.ofExamples.forEach(
                all -> all.forEach(g -> sum.addi(g.mul(Nd4j.getBlasWrapper().dot(g, v) / batch.size()))));
        DataType type = model.parameters().dataType();
        assertClose(model.gaussNewtonProducts(batch, List.of(v.castTo(type))).get(0), sum, tolerance);
    }

    private static boolean hasNegativeCurvature(Model model, Batch batch) {
        for (int seed = 0; seed < 200; seed++) {
            INDArray v = normal(seed, model.parameters().size())
                    .castTo(model.parameters().dataType());
            for (int i = 0; i < batch.size(); i++) {
                INDArray product =
                        model.gaussNewtonProducts(batch.example(i), List.of(v)).get(0);
                if (Nd4j.getBlasWrapper().dot(v, product) < 0) {
                    return true;
                }
            }
        }
        return false;
    }
}
