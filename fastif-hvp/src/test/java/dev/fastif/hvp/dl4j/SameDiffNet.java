package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network of DL4J on one batch, written a second time in SameDiff without any of our operations. What windows, gates and
 * poolings pick are products with constant matrices, so that few operations do: those whose tangents SameDiff differentiates.
 */
final class SameDiffNet {
    private final SameDiff sd = SameDiff.create();
    private final MultiLayerNetwork net;
    private final @Nullable INDArray mask;
    private final int examples;

    /** [n, c]; of images [n, c h w]. */
    private SDVariable rows;

    /** Channels, height and width of images. */
    private int[] image = {};

    /** The rows of each step of a sequence. */
    private List<SDVariable> steps = new ArrayList<>();

    SameDiffNet(MultiLayerNetwork net, Batch batch) {
        // with its cache SameDiff silently gives wrong numbers
        sd.setEnableCache(false);
        this.net = net;
        this.mask = batch.find(Batch.FEATURES_MASK);
        this.examples = batch.size();
        INDArray features = batch.get(Batch.FEATURES);
        rows = sd.constant("features", features.dup('c').reshape('c', examples, -1));
        if (features.rank() == 4) {
            image = new int[] {(int) features.size(1), (int) features.size(2), (int) features.size(3)};
        }
        for (int t = 0; features.rank() == 3 && t < features.size(2); t++) {
            steps.add(sd.constant(
                    "step " + t, features.tensorAlongDimension(t, 0, 1).dup('c')));
        }
        for (int i = 0; i < net.getnLayers(); i++) {
            add(i + "_", net.getLayerWiseConfigurations().getConf(i).getLayer());
        }
        SDVariable labels = sd.constant("labels", batch.get(Batch.LABELS));
        SDVariable losses =
                sd.sum(sd.nn().logSoftmax(rows).mul(labels), false, 1).neg("losses");
        sd.mean("loss", losses, false, 0);
    }

    /** Its variables are named as DL4J's parameters, its losses "losses", their mean "loss". */
    SameDiff graph() {
        return sd;
    }

    private void add(String prefix, Layer layer) {
        if (layer instanceof OutputLayer) {
            rows = affine(prefix, rows);
        } else if (layer instanceof DenseLayer dense) {
            rows = activation(dense.getActivationFn(), affine(prefix, rows));
        } else if (layer instanceof ConvolutionLayer convolution) {
            convolve(prefix, convolution);
        } else if (layer instanceof SubsamplingLayer) {
            average();
        } else if (layer instanceof LSTM lstm) {
            steps = recurrence(prefix, lstm);
        } else {
            averageSteps();
        }
    }

    private SDVariable parameter(String name) {
        INDArray value = net.getParam(name);
        return sd.hasVariable(name)
                ? sd.getVariable(name)
                : sd.var(name, name.endsWith("b") ? value.ravel() : value.dup('c'));
    }

    private SDVariable affine(String prefix, SDVariable x) {
        return sd.mmul(x, parameter(prefix + "W")).add(parameter(prefix + "b"));
    }

    private SDVariable activation(IActivation function, SDVariable x) {
        if (function instanceof ActivationTanH) {
            return sd.math().tanh(x);
        }
        if (function instanceof ActivationSigmoid) {
            return sd.nn().sigmoid(x);
        }
        if (function instanceof ActivationSoftPlus) {
            return sd.nn().softplus(x);
        }
        if (function instanceof ActivationSwish) {
            return x.mul(sd.nn().sigmoid(x));
        }
        if (function instanceof ActivationMish) {
            return x.mul(sd.math().tanh(sd.nn().softplus(x)));
        }
        throw new IllegalArgumentException("no activation " + function);
    }

    private void convolve(String prefix, ConvolutionLayer layer) {
        int kh = layer.getKernelSize()[0];
        int kw = layer.getKernelSize()[1];
        boolean same = layer.getConvolutionMode() == ConvolutionMode.Same;
        int h = same ? image[1] : image[1] - kh + 1;
        int w = same ? image[2] : image[2] - kw + 1;
        int top = same ? (kh - 1) / 2 : 0;
        int left = same ? (kw - 1) / 2 : 0;
        int seen = image[0] * kh * kw;
        INDArray picks = Nd4j.zeros(DataType.DOUBLE, rows.eval().size(1), (long) h * w * seen);
        for (int column = 0; column < h * w * seen; column++) {
            int position = column / seen;
            int channel = column % seen / (kh * kw);
            int y = position / w + column % (kh * kw) / kw - top;
            int x = position % w + column % kw - left;
            if (y >= 0 && y < image[1] && x >= 0 && x < image[2]) {
                picks.putScalar(((long) channel * image[1] + y) * image[2] + x, column, 1);
            }
        }
        int out = (int) layer.getNOut();
        SDVariable patches = sd.reshape(sd.mmul(rows, sd.constant(picks)), (long) examples * h * w, seen);
        SDVariable kernels = sd.permute(sd.reshape(parameter(prefix + "W"), out, seen), 1, 0);
        SDVariable z = sd.mmul(patches, kernels).add(parameter(prefix + "b"));
        SDVariable channelsFirst = sd.permute(sd.reshape(z, examples, (long) h * w, out), 0, 2, 1);
        rows = activation(layer.getActivationFn(), sd.reshape(channelsFirst, examples, (long) out * h * w));
        image = new int[] {out, h, w};
    }

    /** Over windows of 2 x 2, side by side. */
    private void average() {
        int h = image[1] / 2;
        int w = image[2] / 2;
        INDArray picks = Nd4j.zeros(DataType.DOUBLE, rows.eval().size(1), (long) image[0] * h * w);
        for (int c = 0; c < image[0]; c++) {
            for (int y = 0; y < 2 * h; y++) {
                for (int x = 0; x < 2 * w; x++) {
                    picks.putScalar((c * image[1] + y) * image[2] + x, (c * h + y / 2) * w + x / 2, 0.25);
                }
            }
        }
        rows = sd.mmul(rows, sd.constant(picks));
        image = new int[] {image[0], h, w};
    }

    private List<SDVariable> recurrence(String prefix, LSTM layer) {
        int size = (int) layer.getNOut();
        List<SDVariable> outputs = new ArrayList<>();
        SDVariable memory = null;
        for (int t = 0; t < steps.size(); t++) {
            SDVariable x = affine(prefix, steps.get(t));
            SDVariable z = t == 0 ? x : x.add(sd.mmul(outputs.get(t - 1), parameter(prefix + "RW")));
            SDVariable block = activation(layer.getActivationFn(), part(z, 0, size));
            SDVariable forget = activation(layer.getGateActivationFn(), part(z, 1, size));
            SDVariable output = activation(layer.getGateActivationFn(), part(z, 2, size));
            SDVariable input = activation(layer.getGateActivationFn(), part(z, 3, size));
            SDVariable added = input.mul(block);
            SDVariable next = memory == null ? added : forget.mul(memory).add(added);
            outputs.add(output.mul(activation(layer.getActivationFn(), next)));
            memory = next;
        }
        return outputs;
    }

    /** The columns of a gate. */
    private SDVariable part(SDVariable z, int gate, int size) {
        INDArray picks = Nd4j.zeros(DataType.DOUBLE, 4L * size, size);
        for (int i = 0; i < size; i++) {
            picks.putScalar(gate * size + i, i, 1);
        }
        return sd.mmul(z, sd.constant(picks));
    }

    private void averageSteps() {
        int size = (int) steps.get(0).eval().size(1);
        SDVariable sum = steps.get(0).mul(sd.constant(weights(0, size)));
        for (int t = 1; t < steps.size(); t++) {
            sum = sum.add(steps.get(t).mul(sd.constant(weights(t, size))));
        }
        rows = sum;
    }

    /** For each example 0 if the step is masked, else its share of the mean over steps, [n, size]. */
    private INDArray weights(int t, int size) {
        INDArray given = mask == null ? Nd4j.ones(DataType.DOUBLE, examples, steps.size()) : mask;
        INDArray weights = Nd4j.create(DataType.DOUBLE, examples, size);
        for (int i = 0; i < examples; i++) {
            double count = given.getRow(i).sumNumber().doubleValue();
            weights.getRow(i).assign(given.getDouble(i, t) / count);
        }
        return weights;
    }
}
