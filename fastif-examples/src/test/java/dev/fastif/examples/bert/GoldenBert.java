package dev.fastif.examples.bert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TrainingSet;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A golden set of the kind 'tiny-bert' in our terms. The oracle's dense layers are torch's, {@code y = x W^T + b} with W
 * [out, in]; ours are {@code y = x W + b} with W [in, out]: its matrices are transposed, and so are the matrices inside its
 * vectors [p].
 */
final class GoldenBert {
    static final Set<String> KEYS =
            Set.of("config", "parameters", "trainable", "train", "test", "weight_decay", "damping", "lissa");

    private static final Set<String> TABLES = Set.of("word.weight", "position.weight", "segment.weight");

    final GoldenSet set;
    final GraphModel model;
    final TrainingSet trainingSet;
    private final int trainStart;
    private final int trainEnd;
    private final int testStart;
    private final int testEnd;
    private final TrainingSet all;
    private final DataType type;
    private final Map<String, INDArray> torchParameters = new LinkedHashMap<>();

    GoldenBert(GoldenSet set, DataType type) {
        this.set = set;
        this.type = type;
        JsonNode manifest = set.manifest();
        trainStart = manifest.at("/train/0").intValue();
        trainEnd = manifest.at("/train/1").intValue();
        testStart = manifest.at("/test/0").intValue();
        testEnd = manifest.at("/test/1").intValue();

        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : set.names("parameters")) {
            INDArray parameter = set.array("parameters/" + name).castTo(type);
            torchParameters.put(name, parameter);
            weights.put(name, isTransposed(name) ? parameter.transpose().dup('c') : parameter);
        }
        JsonNode config = manifest.get("config");
        BertConfig sizes = new BertConfig(
                config.get("layers").intValue(),
                config.get("hidden").intValue(),
                config.get("heads").intValue(),
                config.get("inter").intValue(),
                config.get("vocab").intValue(),
                config.get("positions").intValue(),
                config.path("eps").asDouble(BertConfig.NORM_EPSILON));
        model = BertClassifier.of(
                sizes,
                weights,
                config.get("trainable_layers").intValue(),
                manifest.get("weight_decay").doubleValue());

        Map<String, INDArray> inputs = new LinkedHashMap<>();
        for (String name : List.of(BertClassifier.IDS, BertClassifier.SEGMENTS, BertClassifier.MASK, Batch.LABELS)) {
            inputs.put(name, set.array("inputs/" + name));
        }
        all = TrainingSet.of(Batch.of(inputs));
        trainingSet = TrainingSet.of(training());
    }

    /** Examples of the set, from {@code start} to {@code end}, exclusive. */
    Batch examples(int start, int end) {
        return all.batch(IntStream.range(start, end).toArray());
    }

    /** Every example of the set. */
    Batch examples() {
        return examples(0, all.size());
    }

    Batch example(int id) {
        return examples(id, id + 1);
    }

    /** An example of the training set, by its id there. */
    Batch training(int id) {
        return example(trainStart + id);
    }

    Batch training() {
        return examples(trainStart, trainEnd);
    }

    int size() {
        return all.size();
    }

    int tests() {
        return testEnd - testStart;
    }

    Batch test(int index) {
        return example(testStart + index);
    }

    double damping() {
        return set.manifest().get("damping").doubleValue();
    }

    /** A vector [p] of the oracle, in our order and the model's type. */
    INDArray vector(String name) {
        return ours(set.array(name));
    }

    /** One row of the oracle's [n, p], in our order and the model's type. */
    INDArray vector(String name, int row) {
        return ours(set.array(name).getRow(row));
    }

    private INDArray ours(INDArray torch) {
        ParameterLayout layout = model.parameters();
        INDArray ours = Nd4j.create(type, layout.size());
        long offset = 0;
        for (String name : set.names("trainable")) {
            INDArray parameter = torchParameters.get(name);
            if (parameter == null) {
                throw new IllegalArgumentException("the manifest trains '" + name + "' but has no such parameter");
            }
            INDArray part = torch.get(NDArrayIndex.interval(offset, offset + parameter.length()))
                    .reshape('c', parameter.shape());
            layout.view(ours, name).assign(isTransposed(name) ? part.transpose() : part);
            offset += parameter.length();
        }
        return ours;
    }

    private boolean isTransposed(String name) {
        INDArray parameter = torchParameters.get(name);
        return parameter != null && parameter.rank() == 2 && !TABLES.contains(name);
    }
}
