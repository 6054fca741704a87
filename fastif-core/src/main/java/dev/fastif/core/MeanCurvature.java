package dev.fastif.core;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The curvature of the mean loss of a sample, plus that of the regularizer. Large samples are walked in batches, which the
 * workers share.
 */
record MeanCurvature(CurvatureMatrix matrix, TrainingSet trainingSet, LengthBatches batching, WorkerPool workers)
        implements Curvature {
    @Override
    public long size() {
        return workers.model().parameters().size();
    }

    @Override
    public int examples() {
        return trainingSet.size();
    }

    @Override
    public LinearOperator full() {
        return on(IntStream.range(0, trainingSet.size()).toArray());
    }

    @Override
    public LinearOperator on(int... ids) {
        return new OfSample(this, batches(ids), ids.length);
    }

    @Override
    public Iteration<int[]> iteration(Recurrence recurrence) {
        if (recurrence.vectors().stream().anyMatch(vector -> workers.local(vector) != vector)) {
            return Curvature.super.iteration(recurrence);
        }
        return new InPlace(this, workers.model().iteration(matrix, recurrence), Curvature.super.iteration(recurrence));
    }

    @Override
    public INDArray approximateDiagonal(int... ids) {
        Check.argument(ids.length > 0, "ids is empty: curvature is the mean over at least one example");
        List<INDArray> sum = new ArrayList<>();
        workers.run(ids.length, i -> squaredGradient(ids[i]), (square, i) -> addTo(sum, List.of(square)));
        INDArray diagonal = sum.get(0).divi(ids.length);
        Model model = workers.model();
        model.regularizer()
                .addHessianProduct(model.parameters(), diagonal.ulike().assign(1), diagonal);
        return diagonal;
    }

    private INDArray squaredGradient(int id) {
        workers.checkpoint();
        Batch batch = trainingSet.batch(id);
        INDArray gradient = workers.model().gradient(batch);
        batch.release();
        return gradient.muli(gradient);
    }

    private List<int[]> batches(int... ids) {
        Check.argument(ids.length > 0, "ids is empty: curvature is the mean over at least one example");
        return batching.of(trainingSet, ids).stream()
                .map(positions -> LengthBatches.pick(ids, positions))
                .toList();
    }

    /** Adds arrays to as many sums; the first ones become the sums. */
    private void addTo(List<INDArray> sums, List<INDArray> parts) {
        if (sums.isEmpty()) {
            parts.forEach(part -> sums.add(workers.local(part)));
            return;
        }
        for (int i = 0; i < parts.size(); i++) {
            sums.get(i).addi(workers.local(parts.get(i)));
            Memory.free(parts.get(i));
        }
    }

    private record OfSample(MeanCurvature curvature, List<int[]> batches, int examples) implements LinearOperator {
        @Override
        public long size() {
            return curvature.size();
        }

        @Override
        public INDArray apply(INDArray vector) {
            return applyAll(List.of(vector)).get(0);
        }

        @Override
        public List<INDArray> applyAll(List<INDArray> vectors) {
            WorkerPool workers = curvature.workers;
            List<INDArray> sums = new ArrayList<>();
            workers.run(
                    batches.size(), i -> products(batches.get(i), vectors), (parts, i) -> curvature.addTo(sums, parts));
            Model model = workers.model();
            for (int i = 0; i < vectors.size(); i++) {
                model.regularizer().addHessianProduct(model.parameters(), vectors.get(i), sums.get(i));
            }
            return sums;
        }

        // Of a piecewise linear loss the products are zero to the last bit. A single example's may be so too.
        @Override
        public String flatness(INDArray vector) {
            for (int[] ids : batches) {
                Model model = curvature.workers.model();
                Batch batch = curvature.trainingSet.batch(ids);
                INDArray product =
                        curvature.matrix.products(model, batch, List.of(vector)).get(0);
                batch.release();
                double size = product.norm2Number().doubleValue();
                Memory.free(product);
                if (size != 0) {
                    return "";
                }
            }
            return String.format(
                    Locale.ROOT,
                    "the %s of the loss (%s) is zero along v on all of %d examples",
                    curvature.matrix == CurvatureMatrix.GAUSS_NEWTON ? "Gauss-Newton matrix" : "Hessian",
                    curvature.workers.model().loss(),
                    examples);
        }

        private List<INDArray> products(int[] ids, List<INDArray> vectors) {
            WorkerPool workers = curvature.workers;
            workers.checkpoint();
            List<INDArray> local = vectors.stream().map(workers::local).toList();
            Batch batch = curvature.trainingSet.batch(ids);
            List<INDArray> products;
            try {
                products = curvature.matrix.products(workers.model(), batch, local);
            } finally {
                batch.release();
            }
            if (batches.size() > 1) {
                products.forEach(product -> product.muli((double) ids.length / examples));
            }
            return products;
        }
    }

    /** Samples of one batch are walked in place, larger ones product by product. */
    private record InPlace(MeanCurvature curvature, Iteration<Batch> ofBatches, Iteration<int[]> ofProducts)
            implements Iteration<int[]> {
        @Override
        public double[] step(int[] ids) {
            List<int[]> batches = curvature.batches(ids);
            if (batches.size() > 1) {
                return ofProducts.step(ids);
            }
            curvature.workers.checkpoint();
            Batch batch = curvature.trainingSet.batch(batches.get(0));
            try {
                return ofBatches.step(batch);
            } finally {
                batch.release();
            }
        }

        @Override
        public void close() {
            ofBatches.close();
        }
    }
}
