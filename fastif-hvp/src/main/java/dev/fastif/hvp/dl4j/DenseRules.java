package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Layers on rows [n, c], or on every step of a sequence. */
final class DenseRules {
    /** Far below any variance of numbers that differ, and the third power of its root is no 0 in single precision. */
    private static final double NO_VARIANCE = 1e-20;

    private DenseRules() {}

    static Flow dense(Scope s, Flow in, DenseLayer layer) {
        Node z = layer.hasLayerNorm() ? normalized(s, in.node()) : affine(s, in.node());
        return s.masked(in.with(s.activation(layer.getActivationFn(), z)));
    }

    /** {@code normalize(x W) g + b}: DL4J adds nothing to the variance, and makes rows without any zeros. */
    private static Node normalized(Scope s, Node x) {
        Node product = Layers.linear(x, s.parameter("W"));
        Node scaled = s.ops().multiply(s.ops().normalize(product, NO_VARIANCE), s.value("g"));
        return s.has("b") ? s.ops().add(scaled, s.value("b")) : scaled;
    }

    /** {@code x W + b}. */
    static Node affine(Scope s, Node x) {
        return s.has("b") ? Layers.linear(x, s.parameter("W"), s.parameter("b")) : Layers.linear(x, s.parameter("W"));
    }

    static Flow elementWiseMultiplication(Scope s, Flow in, ElementWiseMultiplicationLayer layer) {
        Node z = s.ops().add(s.ops().multiply(in.node(), s.value("W")), s.value("b"));
        return s.masked(in.with(s.activation(layer.getActivationFn(), z)));
    }

    static Flow activation(Scope s, Flow in, ActivationLayer layer) {
        if (layer.getActivationFn() instanceof ActivationSoftmax && !isOverChannels(in.layout())) {
            s.refuse("softmax of " + in.layout() + ", which DL4J takes over the last axis");
        }
        return in.with(s.activation(layer.getActivationFn(), in.node()));
    }

    private static boolean isOverChannels(Layout layout) {
        return layout == Layout.ROWS || layout == Layout.STEPS || layout == Layout.NWC;
    }

    static Layout takenByParametricRelu(PReLULayer layer) {
        return switch (layer.getInputShape().length) {
            case 1 -> Layout.ROWS;
            case 2 -> Layout.NCW;
            default -> Layout.NCHW;
        };
    }

    /** {@code max(0, x) + w min(0, x)}, w for each feature, or shared along axes. */
    static Flow parametricRelu(Scope s, Flow in, PReLULayer layer) {
        Tensors ops = s.ops();
        Node slope = in.layout().isSequence() ? ops.permute(s.value("W"), 1, 0) : s.value("W");
        Node below = ops.scale(ops.apply(Pointwise.relu(), ops.scale(in.node(), -1)), -1);
        return in.with(ops.add(ops.apply(Pointwise.relu(), in.node()), ops.multiply(below, slope)));
    }

    /** At inference nothing is dropped; but DL4J masks rows, and fails on masked sequences. */
    static Flow dropout(Scope s, Flow in, DropoutLayer layer) {
        Mask mask = in.mask();
        if (mask != null && in.layout().isSequence()) {
            s.inputs().features().refuse(mask.arrays(), "DL4J's DropoutLayer fails on masked sequences");
            return in;
        }
        return s.masked(in);
    }

    static Flow embedding(Scope s, Flow in, EmbeddingLayer layer) {
        if (in.layout() == Layout.STEPS) {
            return s.masked(in.with(lookUp(s, s.ops().reshape(in.node(), 0, -1), layer)));
        }
        return Flow.rows(lookUp(s, s.ops().reshape(in.node(), -1), layer));
    }

    static Flow embeddingSequence(Scope s, Flow in, EmbeddingSequenceLayer layer) {
        return s.masked(in.with(lookUp(s, in.node(), layer)).as(Layout.of(layer.getOutputFormat())));
    }

    private static Node lookUp(Scope s, Node ids, FeedForwardLayer layer) {
        Node rows = s.ops().gather(s.value("W"), ids, 0);
        Node z = s.has("b") ? s.ops().add(rows, s.value("b")) : rows;
        return s.activation(layer.getActivationFn(), z);
    }

    /** At inference: {@code (x - mean) / sqrt(variance + eps) * gamma + beta} for each channel. */
    static Flow batchNormalization(Scope s, Flow in, BatchNormalization layer) {
        if (in.layout().isSequence()) {
            s.refuse("BatchNormalization of sequences, where DL4J takes the examples for channels");
        }
        if (in.layout().isImage() && in.layout() != Layout.of(layer.getCnn2DFormat())) {
            s.refuse("BatchNormalization of " + in.layout() + ", told that they are "
                    + Layout.of(layer.getCnn2DFormat()));
        }
        Node centred = s.ops().subtract(in.node(), channels(s, s.value("mean"), in));
        Node normalized = s.ops().multiply(centred, channels(s, deviation(s, layer), in));
        if (layer.isLockGammaBeta()) {
            if (layer.getGamma() != 1 || layer.getBeta() != 0) {
                s.refuse("BatchNormalization with locked gamma and beta other than 1 and 0");
            }
            return in.with(normalized);
        }
        Node scaled = s.ops().multiply(normalized, channels(s, s.value("gamma"), in));
        return in.with(s.ops().add(scaled, channels(s, s.value("beta"), in)));
    }

    private static Node deviation(Scope s, BatchNormalization layer) {
        String key = layer.isUseLogStd() ? "log10stdev" : "var";
        INDArray value = s.initial(key);
        INDArray variance = layer.isUseLogStd() ? Transforms.pow(value.ulike().assign(100), value) : value;
        return s.constant("1/sqrt(var + eps)", Transforms.pow(variance.add(layer.getEps()), -0.5));
    }

    /** One number for each channel, to be stretched over an array of this kind. */
    private static Node channels(Scope s, Node row, Flow x) {
        return x.layout().isImage()
                ? s.ops().reshape(row, 1, -1, 1, 1)
                : s.ops().reshape(row, -1);
    }
}
