package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.Model;
import dev.fastif.hvp.internal.DifferenceModel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Makes sure, at the first batch, that the loss of an example does not depend on those beside it: a graph may mix the rows of
 * a batch anywhere, by a softmax, a product or a reshaping along dimension 0, and its examples would then have no losses of
 * their own. Thread-safe.
 */
final class Company {
    private static final double TOLERANCE = 1e-3;

    private final Model model;
    private final AtomicBoolean isChecked = new AtomicBoolean();

    Company(Model model) {
        this.model = model;
    }

    /** The batch, whose first example's loss is alone what it is beside another. */
    Batch require(Batch batch) {
        if (!isChecked.get()) {
            try {
                compare(batch);
            } catch (IllegalArgumentException e) {
                model.losses(batch); // what is wrong with the batch itself is said of its own shapes
                throw e;
            }
            isChecked.set(true);
        }
        return batch;
    }

    private void compare(Batch batch) {
        if (model instanceof DifferenceModel differences) {
            requireSeparate(differences, batch);
            return;
        }
        Batch first = example(batch, 0);
        INDArray inPair = model.losses(joined(first, other(batch)));
        if (inPair.length() != 2) {
            throw Refusal.NUMBER_OF_LOSSES.ofGraph(inPair.length());
        }
        requireAlike(model.losses(first).getDouble(0), inPair.getDouble(0));
    }

    /** The loss of two examples is what each of them adds: SameDiff cannot reduce the dimension of a single one. */
    private static void requireSeparate(DifferenceModel model, Batch batch) {
        Batch first = example(batch, 0);
        Batch second = other(batch);
        double apart = (model.mean(joined(first, first)) + model.mean(joined(second, second))) / 2;
        requireAlike(apart, model.mean(joined(first, second)));
    }

    private static void requireAlike(double alone, double together) {
        if (Math.abs(together - alone) > TOLERANCE * Math.max(1e-3, Math.abs(alone))) {
            throw Refusal.MIXED_EXAMPLES.ofGraph(alone, together);
        }
    }

    /** One example of a batch. */
    static Batch example(Batch batch, int i) {
        return made(batch, (name, array) -> row(array, i));
    }

    /** One batch after the other. */
    static Batch joined(Batch a, Batch b) {
        return made(a, (name, array) -> Nd4j.concat(0, array, b.get(name)));
    }

    /** The second example, or where there is none something like the first. */
    static Batch other(Batch batch) {
        return made(batch, (name, array) -> {
            if (array.size(0) > 1) {
                return row(array, 1);
            }
            return array.dataType().isFPType() ? array.mul(0.5).add(0.25) : array;
        });
    }

    private static Batch made(Batch batch, BiFunction<String, INDArray, INDArray> map) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        batch.names().forEach(name -> arrays.put(name, map.apply(name, batch.get(name))));
        return Batch.of(arrays);
    }

    private static INDArray row(INDArray array, int i) {
        long[] shape = array.shape().clone();
        shape[0] = 1;
        INDArray dense = array.dup('c');
        INDArrayIndex[] index = NDArrayIndex.allFor(dense);
        index[0] = NDArrayIndex.interval(i, i + 1);
        return dense.get(index).dup('c').reshape('c', shape);
    }
}
