package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * DL4J's loss functions, as the loss of each output of each example [n, ..., c]. Logarithms are of what the activation
 * gives: DL4J's clipping at 1e-10 has no place in a derivative.
 */
final class Losses {
    private static final Map<Class<? extends ILossFunction>, Rule<ILossFunction>> RULES =
            Collections.unmodifiableMap(rules());

    private static Map<Class<? extends ILossFunction>, Rule<ILossFunction>> rules() {
        Map<Class<? extends ILossFunction>, Rule<ILossFunction>> rules = new LinkedHashMap<>();
        put(rules, LossMCXENT.class, Losses::crossEntropy);
        put(rules, LossNegativeLogLikelihood.class, Losses::crossEntropy);
        put(rules, LossSparseMCXENT.class, Losses::crossEntropyOfClasses);
        put(
                rules,
                LossBinaryXENT.class,
                (t, loss) -> t.weighted(t.binaryCrossEntropy(loss.getClipEps()), loss.getWeights()));
        put(rules, LossMSE.class, (t, loss) -> t.weighted(t.perOutput(t.squares()), loss.getWeights()));
        put(rules, LossL2.class, (t, loss) -> t.weighted(t.squares(), loss.getWeights()));
        put(rules, LossMAE.class, (t, loss) -> t.weighted(t.perOutput(t.absolutes()), loss.getWeights()));
        put(rules, LossL1.class, (t, loss) -> t.weighted(t.absolutes(), loss.getWeights()));
        put(
                rules,
                LossMAPE.class,
                (t, loss) -> t.weighted(
                        t.ops.scale(t.perOutput(t.ops.apply(Pointwise.abs(), t.ops.divide(t.errors(), t.labels))), 100),
                        loss.getWeights()));
        put(rules, LossMSLE.class, (t, loss) -> {
            Node ratio = t.ops.subtract(
                    t.ops.apply(Pointwise.log1p(), t.outputs()), t.ops.apply(Pointwise.log1p(), t.labels));
            return t.weighted(t.perOutput(t.ops.apply(Pointwise.pow(2), ratio)), loss.getWeights());
        });
        put(
                rules,
                LossPoisson.class,
                (t, loss) -> t.ops.subtract(
                        t.outputs(), t.ops.multiply(t.labels, t.ops.apply(Pointwise.log(), t.outputs()))));
        put(rules, LossKLD.class, (t, loss) -> {
            Node labels = t.ops.apply(Pointwise.clip(1e-5, 1), t.labels);
            Node outputs = t.ops.apply(Pointwise.clip(1e-5, 1), t.outputs());
            return t.ops.multiply(
                    labels,
                    t.ops.subtract(t.ops.apply(Pointwise.log(), labels), t.ops.apply(Pointwise.log(), outputs)));
        });
        put(rules, LossHinge.class, (t, loss) -> t.hinge());
        put(rules, LossSquaredHinge.class, (t, loss) -> t.ops.apply(Pointwise.pow(2), t.hinge()));
        put(rules, LossWasserstein.class, (t, loss) -> t.perOutput(t.ops.multiply(t.labels, t.outputs())));
        return rules;
    }

    private Losses() {}

    private static Node crossEntropy(Terms t, LossMCXENT loss) {
        Node logarithms = t.logOutputs(loss.getSoftmaxClipEps(), t.labels);
        return t.weighted(t.ops.scale(t.ops.multiply(t.labels, logarithms), -1), loss.getWeights());
    }

    /** One column, of labels that are the numbers of classes. */
    private static Node crossEntropyOfClasses(Terms t, LossSparseMCXENT loss) {
        Node classes = t.ops.dropAxis(t.labels, -1);
        Node chosen = t.ops.pick(t.logOutputs(0, t.labels), classes);
        Node logarithms = t.unclipped(chosen, loss.getSoftmaxClipEps(), chosen);
        INDArray weights = loss.getWeights();
        Node weighted = weights == null
                ? logarithms
                : t.ops.multiply(
                        logarithms, t.ops.gather(t.scope.constant("loss weights", weights.ravel()), classes, 0));
        return t.ops.insertAxis(t.ops.scale(weighted, -1), -1);
    }

    private interface Rule<L> {
        Node apply(Terms terms, L loss);
    }

    private static <L extends ILossFunction> void put(
            Map<Class<? extends ILossFunction>, Rule<ILossFunction>> rules, Class<L> type, Rule<L> rule) {
        rules.put(type, (terms, loss) -> rule.apply(terms, type.cast(loss)));
    }

    static Set<Class<? extends ILossFunction>> supported() {
        return RULES.keySet();
    }

    /** What a loss is made of: pre-activations, labels and the activation between the first and the loss. */
    static Node apply(Scope scope, ILossFunction loss, IActivation activation, Outputs outputs) {
        IActivation supported = scope.supported(activation);
        Rule<ILossFunction> rule = RULES.get(loss.getClass());
        if (rule == null) {
            scope.refuse("loss " + loss);
            return outputs.preActivations();
        }
        return rule.apply(new Terms(scope, outputs, supported), loss);
    }

    /**
     * What a loss is taken of.
     *
     * @param preActivations [n, ..., c]
     * @param labels [n, ..., c]
     * @param count c, or -1 if the configuration does not say it
     */
    record Outputs(Node preActivations, Node labels, long count) {}

    /** The terms that losses share. */
    private static final class Terms {
        private final Scope scope;
        private final Tensors ops;
        private final Node z;
        private final Node labels;
        private final long count;
        private final IActivation activation;

        Terms(Scope scope, Outputs outputs, IActivation activation) {
            this.scope = scope;
            this.ops = scope.ops();
            this.z = outputs.preActivations();
            this.labels = outputs.labels();
            this.count = outputs.count();
            this.activation = activation;
        }

        Node outputs() {
            return Activations.apply(ops, activation, z);
        }

        Node errors() {
            return ops.subtract(outputs(), labels);
        }

        Node squares() {
            return ops.apply(Pointwise.pow(2), errors());
        }

        Node absolutes() {
            return ops.apply(Pointwise.abs(), errors());
        }

        /** Divided by the number of outputs. */
        Node perOutput(Node x) {
            return count < 1 ? ops.scaleBySize(x, -1, -1) : ops.scale(x, 1.0 / count);
        }

        /** Logarithms of the outputs, not too small where {@code counted} is not 0. */
        Node logOutputs(double least, Node counted) {
            return activation instanceof ActivationSoftmax
                    ? unclipped(ops.logSoftmax(z), least, counted)
                    : ops.apply(Pointwise.log(), outputs());
        }

        /** Where DL4J clips softmax its score has no slope, but it trains by one: there is no right answer. */
        Node unclipped(Node logarithms, double least, Node counted) {
            return least > 0 && activation instanceof ActivationSoftmax
                    ? ops.requireAtLeast(logarithms, counted, Math.log(least), clipped(least))
                    : logarithms;
        }

        private String clipped(double least) {
            return "softmax gives its class less than " + least + " in layer '" + scope.layer()
                    + "', where DL4J clips its score, but not its gradient. Call setSoftmaxClipEps(0) of the layer's loss, with which DL4J trains"
                    + " as before, or leave the example out";
        }

        /** DL4J keeps the outputs this far from 0 and 1, beyond which it has no slope. */
        Node binaryCrossEntropy(double least) {
            if (activation instanceof ActivationSoftmax) {
                return ops.scale(ops.multiply(labels, ops.logSoftmax(z)), -1);
            }
            if (activation instanceof ActivationSigmoid) {
                // of logits, which overflow for no z: softplus(z) - y z
                double most = Math.log1p(-least) - Math.log(least);
                Node x = least > 0 ? ops.apply(Pointwise.clip(-most, most), z) : z;
                return ops.subtract(ops.apply(Pointwise.softplus(), x), ops.multiply(labels, x));
            }
            Node p = least > 0 ? ops.apply(Pointwise.clip(least, 1 - least), outputs()) : outputs();
            Node q = ops.apply(Pointwise.shift(1), ops.scale(p, -1));
            Node rest = ops.apply(Pointwise.shift(1), ops.scale(labels, -1));
            return ops.scale(
                    ops.add(
                            ops.multiply(labels, ops.apply(Pointwise.log(), p)),
                            ops.multiply(rest, ops.apply(Pointwise.log(), q))),
                    -1);
        }

        Node hinge() {
            Node margin = ops.apply(Pointwise.shift(1), ops.scale(ops.multiply(labels, outputs()), -1));
            return ops.apply(Pointwise.relu(), margin);
        }

        Node weighted(Node losses, @Nullable INDArray weights) {
            return weights == null ? losses : ops.multiply(losses, scope.constant("loss weights", weights.ravel()));
        }
    }
}
