package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

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
        Node z = DenseRules.affine(s, rows(s, in));
        return head(s, z, new Kind(layer.getLossFn(), layer.getActivationFn(), layer.getNOut(), null, null), index);
    }

    static Head loss(Scope s, Flow in, LossLayer layer, int index) {
        return head(s, rows(s, in), new Kind(layer.getLossFn(), layer.getActivationFn(), -1, null, null), index);
    }

    static Head rnnOutput(Scope s, Flow in, RnnOutputLayer layer, int index) {
        RNNFormat format = format(in);
        Node z = DenseRules.affine(s, in.node());
        return head(s, z, new Kind(layer.getLossFn(), layer.getActivationFn(), layer.getNOut(), format, null), index);
    }

    /** Unlike the other heads, DL4J's RnnLossLayer masks by the features where there is no mask of the labels. */
    static Head rnnLoss(Scope s, Flow in, RnnLossLayer layer, int index) {
        RNNFormat format = format(in);
        if (format == RNNFormat.NWC) {
            s.refuse("RnnLossLayer of sequences [n, t, c], which DL4J scores against its own input");
        }
        Mask mask = in.mask();
        Node otherwise = mask == null ? null : s.steps(mask);
        return head(s, in.node(), new Kind(layer.getLossFn(), layer.getActivationFn(), -1, format, otherwise), index);
    }

    private static RNNFormat format(Flow in) {
        return in.layout() == Layout.NWC ? RNNFormat.NWC : RNNFormat.NCW;
    }

    private static Node rows(Scope s, Flow in) {
        if (in.layout() != Layout.ROWS) {
            s.refuse("a loss of rows on a sequence: use RnnOutputLayer or RnnLossLayer");
        }
        return in.node();
    }

    /** What a head is made of; count -1 is not known before a batch is, otherwise is the mask of a batch that has none of its labels. */
    private record Kind(
            ILossFunction loss,
            IActivation activation,
            long count,
            @Nullable RNNFormat format,
            @Nullable Node otherwise) {}

    private static Head head(Scope s, Node z, Kind kind, int index) {
        Node given = s.builder().input(Inputs.name(Batch.LABELS, index));
        boolean ofClasses = kind.loss instanceof LossSparseMCXENT;
        LabelShapes shapes = new LabelShapes(
                kind.loss.getClass().getSimpleName(),
                kind.count,
                kind.format,
                kind.activation instanceof ActivationSoftmax,
                ofClasses);
        Node ours = kind.format == RNNFormat.NCW ? s.ops().permute(given, 0, 2, 1) : given;
        // the steps of a sequence, and the outputs of a loss layer, are not known before a batch is
        boolean fits = ofClasses || (kind.format == null && kind.count > 0);
        Node labels = fits ? ours : s.ops().requireShape(ours, "labels of layer '" + s.layer() + "'", z, "its outputs");
        Node own = s.inputs().labelsMask(s.builder(), index, shapes);
        Node mask = kind.otherwise == null
                ? own
                : s.ops()
                        .multiply(
                                own,
                                replaced(s.ops(), kind.otherwise, s.inputs().lacksLabelsMask(s.builder(), index)));
        Node each = Losses.apply(s, kind.loss, kind.activation, new Losses.Outputs(z, labels, kind.count));
        return new Head(z, s.ops().sum(s.ops().multiply(each, mask)));
    }

    /** The mask where {@code lacking} is 1, ones where it is 0. */
    private static Node replaced(Tensors ops, Node mask, Node lacking) {
        Node hidden = ops.multiply(ops.apply(Pointwise.shift(-1), mask), lacking);
        return ops.apply(Pointwise.shift(1), hidden);
    }
}
