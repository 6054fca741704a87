package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** A copy of a user's network that gives losses and gradients, without dropout and listeners. Not thread-safe. */
interface Gradients {
    /** Makes a copy. */
    interface Maker {
        Gradients copy();
    }

    /** The copy's parameters by name, to be written. */
    Map<String, INDArray> parameters();

    /** The gradient of the summed loss, by parameter. Valid until the next call. */
    Map<String, INDArray> gradient(Batch batch);

    /** The loss of each example, [n, 1]. */
    INDArray losses(Batch batch);

    /** Activations of the layer of this name, or the input of the first output layer for null; [n, d], of sequences the mean. */
    INDArray features(Batch batch, @Nullable String layer);

    static Maker of(MultiLayerNetwork net) {
        return () -> {
            MultiLayerConfiguration conf = net.getLayerWiseConfigurations().clone();
            conf.getConfs().forEach(each -> each.setLayer(FixedNormalization.of(each.getLayer())));
            MultiLayerNetwork copy = new MultiLayerNetwork(conf);
            copy.init(net.params(), true);
            deterministic(copy.getLayers());
            return new OfLayers(copy);
        };
    }

    static Maker of(ComputationGraph net) {
        return () -> {
            ComputationGraphConfiguration conf = net.getConfiguration().clone();
            conf.getVertices().values().forEach(vertex -> {
                if (vertex instanceof LayerVertex layer) {
                    layer.getLayerConf()
                            .setLayer(FixedNormalization.of(layer.getLayerConf().getLayer()));
                }
            });
            // with workspaces a graph cannot give the scores of an RnnOutputLayer
            conf.setTrainingWorkspaceMode(WorkspaceMode.NONE);
            conf.setInferenceWorkspaceMode(WorkspaceMode.NONE);
            ComputationGraph copy = new ComputationGraph(conf);
            copy.init(net.params(), true);
            deterministic(copy.getLayers());
            return new OfGraph(copy);
        };
    }

    /** Rows: images are flattened, sequences averaged over their steps, as which DL4J also has [t n, c]. */
    private static INDArray rows(INDArray activations, int examples) {
        INDArray own = activations.detach().dup('c');
        if (own.rank() == 3) {
            return own.mean(2);
        }
        INDArray rows = own.reshape('c', own.size(0), -1);
        return rows.size(0) == examples
                ? rows
                : rows.reshape('c', rows.size(0) / examples, examples, rows.size(1))
                        .mean(0);
    }

    private static void deterministic(Layer... layers) {
        for (Layer layer : layers) {
            org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
            conf.setIDropout(null);
            if (conf instanceof org.deeplearning4j.nn.conf.layers.BaseLayer base) {
                base.setWeightNoise(null);
            }
        }
    }

    /** The batch's arrays of a kind, as DL4J takes them. */
    private static INDArray[] arrays(Batch batch, String kind, int count, DataType type) {
        return IntStream.range(0, count)
                .mapToObj(i -> own(batch.get(Inputs.name(kind, i)), type))
                .toArray(INDArray[]::new);
    }

    /** A copy: DL4J may write into what it is given, as an ActivationLayer does that comes first. */
    private static INDArray own(INDArray array, DataType type) {
        INDArray cast = array.castTo(type);
        return cast == array ? array.dup() : cast;
    }

    private static @Nullable INDArray @Nullable [] masks(Batch batch, String kind, int count, DataType type) {
        @Nullable INDArray[] masks = new INDArray[count];
        for (int i = 0; i < count; i++) {
            INDArray mask = batch.find(Inputs.name(kind, i));
            masks[i] = mask == null ? null : mask.castTo(type);
        }
        return Arrays.stream(masks).allMatch(mask -> mask == null) ? null : masks;
    }

    /** Of a MultiLayerNetwork. */
    record OfLayers(MultiLayerNetwork net) implements Gradients {
        @Override
        public Map<String, INDArray> parameters() {
            return net.paramTable();
        }

        @Override
        public Map<String, INDArray> gradient(Batch batch) {
            net.setInput(features(batch));
            net.setLabels(labels(batch));
            net.setLayerMaskArrays(mask(batch, Batch.FEATURES_MASK), mask(batch, Batch.LABELS_MASK));
            net.computeGradientAndScore();
            net.clearLayerMaskArrays();
            return net.gradient().gradientForVariable();
        }

        @Override
        public INDArray losses(Batch batch) {
            return net.scoreExamples(
                    new org.nd4j.linalg.dataset.DataSet(
                            features(batch),
                            labels(batch),
                            mask(batch, Batch.FEATURES_MASK),
                            mask(batch, Batch.LABELS_MASK)),
                    false);
        }

        @Override
        public INDArray features(Batch batch, @Nullable String layer) {
            int index = layer == null ? net.getnLayers() - 2 : Integer.parseInt(layer);
            return rows(
                    net.feedForward(features(batch), mask(batch, Batch.FEATURES_MASK), null)
                            .get(index + 1),
                    batch.size());
        }

        private INDArray features(Batch batch) {
            return own(batch.get(Batch.FEATURES), net.params().dataType());
        }

        private INDArray labels(Batch batch) {
            return batch.get(Batch.LABELS).castTo(net.params().dataType());
        }

        private @Nullable INDArray mask(Batch batch, String name) {
            INDArray mask = batch.find(name);
            return mask == null ? null : mask.castTo(net.params().dataType());
        }
    }

    /** Of a ComputationGraph. */
    record OfGraph(ComputationGraph net) implements Gradients {
        @Override
        public Map<String, INDArray> parameters() {
            return net.paramTable();
        }

        @Override
        public Map<String, INDArray> gradient(Batch batch) {
            MultiDataSet data = data(batch);
            net.setInputs(data.getFeatures());
            net.setLabels(data.getLabels());
            net.setLayerMaskArrays(data.getFeaturesMaskArrays(), data.getLabelsMaskArrays());
            net.computeGradientAndScore();
            net.clearLayerMaskArrays();
            return net.gradient().gradientForVariable();
        }

        @Override
        public INDArray losses(Batch batch) {
            return net.scoreExamples(data(batch), false);
        }

        @Override
        public INDArray features(Batch batch, @Nullable String layer) {
            ComputationGraphConfiguration conf = net.getConfiguration();
            String name = layer == null ? intoFirstOutput(conf) : layer;
            MultiDataSet data = data(batch);
            net.setLayerMaskArrays(data.getFeaturesMaskArrays(), null);
            Map<String, INDArray> all = net.feedForward(data.getFeatures(), false);
            net.clearLayerMaskArrays();
            INDArray found = all.get(name);
            if (found == null) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT, "features are asked of '%s': the network has %s", name, all.keySet()));
            }
            return rows(found, batch.size());
        }

        private static String intoFirstOutput(ComputationGraphConfiguration conf) {
            String output = conf.getNetworkOutputs().get(0);
            return Objects.requireNonNull(conf.getVertexInputs().get(output)).get(0);
        }

        private MultiDataSet data(Batch batch) {
            int inputs = net.getNumInputArrays();
            int outputs = net.getNumOutputArrays();
            return new org.nd4j.linalg.dataset.MultiDataSet(
                    arrays(batch, Batch.FEATURES, inputs, type()),
                    arrays(batch, Batch.LABELS, outputs, type()),
                    masks(batch, Batch.FEATURES_MASK, inputs, type()),
                    masks(batch, Batch.LABELS_MASK, outputs, type()));
        }

        private DataType type() {
            return net.params().dataType();
        }
    }
}
