package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.Node;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** The layers at which a loss is taken. */
final class OutputRules {
    private OutputRules() {}

    /**
     * An output of the network.
     *
     * @param preActivations what the loss is a function of, [n, c] or [n, t, c]
     * @param losses the loss of each example, [n]
     */
    record Head(Node preActivations, Node losses) {}

    static Head output(Scope s, Flow in, OutputLayer layer, int index) {
        Node z = DenseRules.affine(s, rows(in));
        return head(s, z, new Kind(layer.getLossFn(), layer.getActivationFn(), layer.getNOut(), null), index);
    }

    static Head loss(Scope s, Flow in, LossLayer layer, int index) {
        return head(s, rows(in), new Kind(layer.getLossFn(), layer.getActivationFn(), -1, null), index);
    }

    static Head rnnOutput(Scope s, Flow in, RnnOutputLayer layer, int index) {
        RNNFormat format = layer.getRnnDataFormat();
        Node z = DenseRules.affine(s, Layouts.sequence(s, in, format).node());
        return head(s, z, new Kind(layer.getLossFn(), layer.getActivationFn(), layer.getNOut(), format), index);
    }

    static Head rnnLoss(Scope s, Flow in, RnnLossLayer layer, int index) {
        RNNFormat format = layer.getRnnDataFormat();
        Node z = Layouts.sequence(s, in, format).node();
        return head(s, z, new Kind(layer.getLossFn(), layer.getActivationFn(), -1, format), index);
    }

    private static Node rows(Flow in) {
        Flow x = Layouts.vectors(in);
        if (x.kind() == Flow.Kind.SEQUENCE) {
            throw new Unsupported("a loss of rows on a sequence: use RnnOutputLayer or RnnLossLayer");
        }
        return x.node();
    }

    /** What a head is made of; count -1 is not known before a batch is. */
    private record Kind(
            ILossFunction loss,
            IActivation activation,
            long count,
            @Nullable RNNFormat format) {}

    private static Head head(Scope s, Node z, Kind kind, int index) {
        Node given = s.builder().input(Inputs.name(Batch.LABELS, index));
        Node labels = kind.format == RNNFormat.NCW ? s.ops().permute(given, 0, 2, 1) : given;
        Node mask = s.inputs().labelsMask(s.builder(), index, kind.format);
        Node each = Losses.apply(s, kind.loss, kind.activation, new Losses.Outputs(z, labels, kind.count));
        return new Head(z, s.ops().sum(s.ops().multiply(each, mask)));
    }
}
