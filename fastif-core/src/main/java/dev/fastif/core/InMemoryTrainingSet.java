package dev.fastif.core;

import java.lang.ref.Reference;
import java.util.LinkedHashMap;
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
        for (String name : all.names()) {
            arrays.put(name, rows(all.get(name), ids));
        }
        return Batch.of(arrays);
    }

    // A view spares ND4J a copy for every step of a solver. On several GPUs, though, a copy lies where it is asked for.
    private static INDArray rows(INDArray array, int... ids) {
        boolean view =
                ids.length == 1 && isDense(array) && Nd4j.getEnvironment().isCPU();
        return view ? row(array, ids[0]) : copies(array, ids);
    }

    private static boolean isDense(INDArray array) {
        return array.elementWiseStride() == 1 && (array.ordering() == 'c' || array.rank() == 1);
    }

    private static INDArray row(INDArray array, int id) {
        long[] shape = array.shape().clone(); // ND4J hands out its own
        shape[0] = 1;
        long[] strides = array.stride().clone();
        return Nd4j.create(array.data(), shape, strides, array.offset() + id * strides[0], 'c');
    }

    private static INDArray copies(INDArray array, int... ids) {
        long[] shape = array.shape().clone();
        long rowLength = array.length() / shape[0];
        INDArray source = array.reshape('c', shape[0], rowLength);
        shape[0] = ids.length;
        try {
            return Nd4j.pullRows(source, 1, ids, 'c').reshape('c', shape);
        } finally {
            // a view whose buffer ND4J would free while its native code still reads it
            Reference.reachabilityFence(source);
        }
    }
}
