package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Examples of an iterator, read once and kept one by one. Sequences of different lengths are padded and masked by ND4J. */
final class DataSetTrainingSet implements TrainingSet {
    private final List<DataSet> examples;

    private DataSetTrainingSet(List<DataSet> examples) {
        this.examples = examples;
    }

    static DataSetTrainingSet of(DataSetIterator iterator, long maxBytes) {
        Check.argument(iterator.resetSupported(), "the iterator cannot be reset: all of its examples are needed");
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return read(iterator, maxBytes);
        }
    }

    private static DataSetTrainingSet read(DataSetIterator iterator, long maxBytes) {
        iterator.reset();
        List<DataSet> examples = new ArrayList<>();
        long bytes = 0;
        while (iterator.hasNext()) {
            DataSet data = iterator.next();
            bytes += bytes(data);
            Check.argument(
                    bytes <= maxBytes,
                    "the iterator's first %d examples take more than maxBytes, which is %d: raise it, or give a function that reads examples by their ids, TrainingSet.of(size, reader)",
                    examples.size() + data.numExamples(),
                    maxBytes);
            data.asList().forEach(example -> examples.add(detached(example)));
        }
        iterator.reset();
        Check.argument(!examples.isEmpty(), "the iterator has no examples: influence needs a training set");
        return new DataSetTrainingSet(List.copyOf(examples));
    }

    // an iterator may use its arrays again for the next minibatch
    private static DataSet detached(DataSet example) {
        return new org.nd4j.linalg.dataset.DataSet(
                example.getFeatures().dup(),
                example.getLabels() == null ? null : example.getLabels().dup(),
                copy(example.getFeaturesMaskArray()),
                copy(example.getLabelsMaskArray()));
    }

    private static @Nullable INDArray copy(@Nullable INDArray array) {
        return array == null ? null : array.dup();
    }

    private static long bytes(DataSet data) {
        long bytes = 0;
        for (INDArray array : new INDArray[] {data.getFeatures(), data.getLabels()}) {
            bytes += array == null ? 0 : array.length() * array.dataType().width();
        }
        return bytes;
    }

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public Batch batch(int... ids) {
        List<DataSet> chosen = new ArrayList<>();
        for (int id : ids) {
            chosen.add(examples.get(Objects.checkIndex(id, examples.size())));
        }
        if (chosen.size() == 1) {
            return batch(chosen.get(0));
        }
        Batch merged = batch(org.nd4j.linalg.dataset.DataSet.merge(chosen));
        return merged.owning(merged.names().stream().map(merged::get).toList());
    }

    /** Its steps, if the example is a sequence [1, c, t]. */
    @Override
    public int length(int id) {
        INDArray features =
                examples.get(Objects.checkIndex(id, examples.size())).getFeatures();
        return features.rank() == 3 ? Math.toIntExact(features.size(2)) : 1;
    }

    static Batch batch(DataSet data) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        put(arrays, Batch.FEATURES, data.getFeatures());
        put(arrays, Batch.LABELS, data.getLabels());
        put(arrays, Batch.FEATURES_MASK, data.getFeaturesMaskArray());
        put(arrays, Batch.LABELS_MASK, data.getLabelsMaskArray());
        return Batch.of(arrays);
    }

    static Batch batch(MultiDataSet data) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        putAll(arrays, Batch.FEATURES, data.getFeatures());
        putAll(arrays, Batch.LABELS, data.getLabels());
        putAll(arrays, Batch.FEATURES_MASK, data.getFeaturesMaskArrays());
        putAll(arrays, Batch.LABELS_MASK, data.getLabelsMaskArrays());
        return Batch.of(arrays);
    }

    private static void putAll(Map<String, INDArray> arrays, String kind, @Nullable INDArray @Nullable [] all) {
        for (int i = 0; all != null && i < all.length; i++) {
            put(arrays, i == 0 ? kind : kind + "." + i, all[i]);
        }
    }

    private static void put(Map<String, INDArray> arrays, String name, @Nullable INDArray array) {
        if (array != null) {
            arrays.put(name, array);
        }
    }
}
