package dev.fastif.benchmarks.race;

import dev.fastif.core.Batch;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.store.NpyFile;
import dev.fastif.examples.bert.BertClassifier;
import dev.fastif.hvp.autodiff.GraphModel;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What the torch side wrote, as our side takes it: the classifier above its frozen layers, the examples, the test point.
 *
 * @param trainingSet with the frozen layers' activations, kept as the library keeps them for a training set
 */
record Task(GraphModel model, TrainingSet trainingSet, Batch testPoint) {
    private static final double WEIGHT_DECAY = 0.005;
    private static final int AT_ONCE = 64;

    static Task read(Path folder, Shape shape) throws IOException {
        GraphModel full = BertClassifier.of(shape.config(), weights(folder), Shape.TRAINED_LAYERS, WEIGHT_DECAY);
        INDArray ids = array(folder.resolve("ids.npy"));
        INDArray labels = array(folder.resolve("labels.npy"));
        int last = (int) ids.size(0) - 1;
        Batch testPoint = full.frozenPart().apply(batch(ids, labels, last));
        return new Task(full.trainablePart(), activated(full, ids, labels, last), testPoint);
    }

    /** s_test as the torch side wrote it, in our order. */
    INDArray solution(Path folder) throws IOException {
        INDArray vector = Nd4j.create(DataType.FLOAT, model.parameters().size());
        for (String name : model.parameters().names()) {
            model.parameters().view(vector, name).assign(parameter(folder.resolve("s_test." + name + ".npy")));
        }
        return vector;
    }

    private static Map<String, INDArray> weights(Path folder) throws IOException {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{weight,bias}.npy")) {
            for (Path file : files) {
                String name =
                        Objects.requireNonNull(file.getFileName()).toString().replace(".npy", "");
                weights.put(name, parameter(file));
            }
        }
        return weights;
    }

    /** A matrix of torch's is [out, in], ours is [in, out]; tables of embeddings are the same. */
    private static INDArray parameter(Path file) {
        INDArray array = array(file);
        boolean table = file.toString().matches(".*(word|position|segment)\\.weight\\.npy");
        return array.rank() == 2 && !table ? array.transpose().dup('c') : array;
    }

    private static INDArray array(Path file) {
        return NpyFile.read(file);
    }

    private static Batch batch(INDArray ids, INDArray labels, int... examples) {
        long tokens = ids.size(1);
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(BertClassifier.IDS, ids.get(NDArrayIndex.indices(longs(examples)), NDArrayIndex.all()));
        arrays.put(BertClassifier.SEGMENTS, Nd4j.zeros(DataType.INT32, examples.length, tokens));
        arrays.put(BertClassifier.MASK, Nd4j.ones(DataType.FLOAT, examples.length, tokens));
        arrays.put(
                Batch.LABELS,
                Nd4j.createFromArray(Arrays.stream(examples).map(labels::getInt).toArray()));
        return Batch.of(arrays);
    }

    private static long[] longs(int... values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    /** Examples with their activations in memory. */
    private static TrainingSet activated(GraphModel full, INDArray ids, INDArray labels, int size) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        for (int start = 0; start < size; start += AT_ONCE) {
            int[] part = IntStream.range(start, Math.min(size, start + AT_ONCE)).toArray();
            Batch batch = full.frozenPart().apply(batch(ids, labels, part));
            for (String name : batch.names()) {
                INDArray rows = batch.get(name);
                long[] shape = rows.shape().clone();
                shape[0] = size;
                INDArray whole =
                        all.computeIfAbsent(name, key -> Nd4j.createUninitialized(rows.dataType(), shape, 'c'));
                whole.get(NDArrayIndex.interval(start, start + part.length)).assign(rows);
            }
        }
        return TrainingSet.of(Batch.of(all));
    }
}
