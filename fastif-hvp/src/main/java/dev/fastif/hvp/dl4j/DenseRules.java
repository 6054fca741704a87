package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
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
    private DenseRules() {}

    static Flow dense(Scope s, Flow in, DenseLayer layer) {
        if (layer.hasLayerNorm()) {
            throw new Unsupported("layer normalization inside of a DenseLayer");
        }
        Flow x = Layouts.vectors(in);
        return s.masked(x.with(s.activation(layer.getActivationFn(), affine(s, x.node()))));
    }

    /** {@code x W + b}. */
    static Node affine(Scope s, Node x) {
        return s.has("b")
                ? s.builder().linear(x, s.parameter("W"), s.parameter("b"))
                : s.builder().linear(x, s.parameter("W"));
    }

    static Flow elementWiseMultiplication(Scope s, Flow in, ElementWiseMultiplicationLayer layer) {
        Flow x = Layouts.vectors(in);
        Node z = s.ops().add(s.ops().multiply(x.node(), s.value("W")), s.value("b"));
        return s.masked(x.with(s.activation(layer.getActivationFn(), z)));
    }

    static Flow activation(Scope s, Flow in, ActivationLayer layer) {
        if (layer.getActivationFn() instanceof ActivationSoftmax && in.kind() == Flow.Kind.IMAGE) {
            throw new Unsupported("softmax over the channels of images");
        }
        Flow x = in.kind() == Flow.Kind.GIVEN ? Layouts.vectors(in) : in;
        return x.with(s.activation(layer.getActivationFn(), x.node()));
    }

    /** {@code max(0, x) + w min(0, x)}, w for each feature, or shared along axes. */
    static Flow parametricRelu(Scope s, Flow in, PReLULayer layer) {
        int axes = layer.getInputShape().length;
        if (in.kind() == Flow.Kind.SEQUENCE || (in.kind() == Flow.Kind.GIVEN && axes == 2)) {
            throw new Unsupported("PReLULayer on sequences");
        }
        Flow x = in.kind() != Flow.Kind.GIVEN ? in : axes == 1 ? Flow.rows(in.node()) : Flow.image(in.node());
        Tensors ops = s.ops();
        Node below = ops.scale(ops.apply(Pointwise.relu(), ops.scale(x.node(), -1)), -1);
        return x.with(ops.add(ops.apply(Pointwise.relu(), x.node()), ops.multiply(below, s.value("W"))));
    }

    static Flow embedding(Scope s, Flow in, EmbeddingLayer layer) {
        Node ids = s.ops().reshape(in.node(), -1);
        return Flow.rows(lookUp(s, ids, layer));
    }

    static Flow embeddingSequence(Scope s, Flow in, EmbeddingSequenceLayer layer) {
        Flow ids = in.kind() == Flow.Kind.GIVEN ? Layouts.ids(s, in) : in;
        return s.masked(new Flow(lookUp(s, ids.node(), layer), Flow.Kind.SEQUENCE, ids.mask()));
    }

    private static Node lookUp(Scope s, Node ids, FeedForwardLayer layer) {
        Node rows = s.ops().gather(s.value("W"), ids, 0);
        Node z = s.has("b") ? s.ops().add(rows, s.value("b")) : rows;
        return s.activation(layer.getActivationFn(), z);
    }

    /** At inference: {@code (x - mean) / sqrt(variance + eps) * gamma + beta} for each channel. */
    static Flow batchNormalization(Scope s, Flow in, BatchNormalization layer) {
        Flow x = in.kind() == Flow.Kind.GIVEN ? Layouts.vectors(in) : in;
        Node centred = s.ops().subtract(x.node(), channels(s, s.value("mean"), x));
        Node normalized = s.ops().multiply(centred, channels(s, deviation(s, layer), x));
        if (layer.isLockGammaBeta()) {
            if (layer.getGamma() != 1 || layer.getBeta() != 0) {
                throw new Unsupported("BatchNormalization with locked gamma and beta other than 1 and 0");
            }
            return x.with(normalized);
        }
        Node scaled = s.ops().multiply(normalized, channels(s, s.value("gamma"), x));
        return x.with(s.ops().add(scaled, channels(s, s.value("beta"), x)));
    }

    private static Node deviation(Scope s, BatchNormalization layer) {
        String key = layer.isUseLogStd() ? "log10stdev" : "var";
        INDArray value = s.initial(key);
        INDArray variance = layer.isUseLogStd() ? Transforms.pow(value.ulike().assign(100), value) : value;
        return s.constant("1/sqrt(var + eps)", Transforms.pow(variance.add(layer.getEps()), -0.5));
    }

    /** One number for each channel, to be stretched over an array of this kind. */
    private static Node channels(Scope s, Node row, Flow x) {
        return x.kind() == Flow.Kind.IMAGE
                ? s.ops().reshape(row, 1, -1, 1, 1)
                : s.ops().reshape(row, -1);
    }
}
