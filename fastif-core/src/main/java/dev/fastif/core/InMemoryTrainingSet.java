package dev.fastif.core;

import dev.fastif.core.internal.Layout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Examples held in arrays. */
final class InMemoryTrainingSet implements TrainingSet {
    private final Batch all;

    InMemoryTrainingSet(Batch all) {
        this.all = all;
    }

    @Override
    public int size() {
        return all.size();
    }

    @Override
    public Batch batch(int... ids) {
        for (int id : ids) {
            Objects.checkIndex(id, all.size());
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        List<INDArray> copies = new ArrayList<>();
        for (String name : all.names()) {
            INDArray array = all.get(name);
            // A view spares ND4J a copy for every step of a solver. On several GPUs, though, a copy lies where it is
            // asked for.
            if (ids.length == 1
                    && Layout.isContiguous(array)
                    && Nd4j.getEnvironment().isCPU()) {
                arrays.put(name, row(array, ids[0]));
            } else {
                INDArray rows = copies(array, ids);
                copies.add(rows);
                arrays.put(name, rows.reshape('c', shape(array, ids.length)));
            }
        }
        return Batch.of(arrays).owning(copies);
    }

    private static INDArray row(INDArray array, int id) {
        long[] shape = shape(array, 1);
        long[] strides = array.stride().clone();
        return Nd4j.create(array.data(), shape, strides, array.offset() + id * strides[0], 'c');
    }

    private static long[] shape(INDArray array, int examples) {
        long[] shape = array.shape().clone(); // ND4J hands out its own
        shape[0] = examples;
        return shape;
    }

    /** Rows [ids, ...] as a matrix. */
    private static INDArray copies(INDArray array, int... ids) {
        INDArray source = array.reshape('c', array.size(0), array.length() / array.size(0));
        try {
            return Nd4j.pullRows(source, 1, ids, 'c');
        } finally {
            // a view whose buffer ND4J would free while its native code still reads it
            Reference.reachabilityFence(source);
        }
    }
}
