package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** DL4J's own loss of each example of a batch, without penalties. */
final class Scores {
    private Scores() {}

    /** All at once, by {@code scoreExamples}. */
    static INDArray together(Gradients net, Batch batch) {
        INDArray scores = net.losses(batch);
        return scores.dup('c').reshape(scores.length());
    }

    /** The score of a batch of each alone: of {@code LossMAE} DL4J divides this by the outputs, as it does the gradient. */
    static INDArray alone(Gradients net, Batch batch) {
        INDArray scores = Nd4j.create(DataType.DOUBLE, batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Map<String, INDArray> one = new LinkedHashMap<>();
            for (String name : batch.names()) {
                one.put(
                        name,
                        batch.get(name).get(NDArrayIndex.interval(i, i + 1)).dup());
            }
            net.losses(Batch.of(one)); // or score(...) would take as many examples for granted as there were before
            scores.putScalar(i, score(net, Batch.of(one)));
        }
        return scores;
    }

    private static double score(Gradients net, Batch batch) {
        if (net instanceof Gradients.OfLayers layers) {
            DataSet data = new DataSet(
                    batch.get(Batch.FEATURES),
                    number(batch.get(Batch.LABELS)),
                    batch.find(Batch.FEATURES_MASK),
                    batch.find(Batch.LABELS_MASK));
            return layers.net().score(data, false) - layers.net().calcRegularizationScore(true);
        }
        Gradients.OfGraph graph = (Gradients.OfGraph) net;
        int inputs = graph.net().getNumInputArrays();
        int outputs = graph.net().getNumOutputArrays();
        MultiDataSet data = new MultiDataSet(
                arrays(batch, Batch.FEATURES, inputs),
                arrays(batch, Batch.LABELS, outputs),
                masks(batch, Batch.FEATURES_MASK, inputs),
                masks(batch, Batch.LABELS_MASK, outputs));
        return graph.net().score(data, false) - graph.net().calcRegularizationScore(true);
    }

    private static INDArray number(INDArray array) {
        return array.castTo(DataType.DOUBLE);
    }

    private static INDArray[] arrays(Batch batch, String kind, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> number(batch.get(Inputs.name(kind, i))))
                .toArray(INDArray[]::new);
    }

    private static @Nullable INDArray @Nullable [] masks(Batch batch, String kind, int count) {
        @Nullable INDArray[] masks = new INDArray[count];
        Arrays.setAll(masks, i -> batch.find(Inputs.name(kind, i)));
        return Arrays.stream(masks).allMatch(Objects::isNull) ? null : masks;
    }
}
