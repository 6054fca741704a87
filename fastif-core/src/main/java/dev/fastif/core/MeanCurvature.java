package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The Hessian of the mean loss of a sample, plus that of the regularizer. Large samples are walked in batches. */
record Hessian(Model model, TrainingSet trainingSet) implements Curvature {
    @Override
    public long size() {
        return model.parameters().size();
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
        Check.argument(ids.length > 0, "ids is empty: curvature is the mean over at least one example");
        List<int[]> batches = LengthBatches.CURVATURE.of(trainingSet, ids).stream()
                .map(positions -> LengthBatches.pick(ids, positions))
                .toList();
        return new OfSample(model, trainingSet, batches, ids.length);
    }

    private record OfSample(Model model, TrainingSet trainingSet, List<int[]> batches, int examples)
            implements LinearOperator {
        @Override
        public long size() {
            return model.parameters().size();
        }

        @Override
        public INDArray apply(INDArray vector) {
            INDArray sum = null;
            for (int[] batch : batches) {
                INDArray part = model.hessianVectorProduct(trainingSet.batch(batch), vector);
                if (batches.size() > 1) {
                    part.muli((double) batch.length / examples);
                }
                if (sum == null) {
                    sum = part;
                } else {
                    sum.addi(part);
                    part.close();
                }
            }
            if (sum == null) {
                throw new IllegalStateException("no batches");
            }
            model.regularizer().addGradient(model.parameters(), vector, sum);
            return sum;
        }
    }
}
