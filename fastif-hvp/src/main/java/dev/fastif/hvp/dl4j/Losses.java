package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
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
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * DL4J's loss functions, as the loss of each output of each example [n, ..., c]. Logarithms are of what the activation
 * gives: DL4J's clipping at 1e-10 has no place in a derivative.
 */
final class Losses {
    private static final Map<Class<? extends ILossFunction>, Rule<ILossFunction>> RULES = new LinkedHashMap<>();

    static {
        put(LossMCXENT.class, (t, loss) -> t.weighted(t.crossEntropy(), loss.getWeights()));
        put(LossNegativeLogLikelihood.class, (t, loss) -> t.weighted(t.crossEntropy(), loss.getWeights()));
        put(LossBinaryXENT.class, (t, loss) -> t.weighted(t.binaryCrossEntropy(), loss.getWeights()));
        put(LossMSE.class, (t, loss) -> t.weighted(t.perOutput(t.squares()), loss.getWeights()));
        put(LossL2.class, (t, loss) -> t.weighted(t.squares(), loss.getWeights()));
        put(LossMAE.class, (t, loss) -> t.weighted(t.perOutput(t.absolutes()), loss.getWeights()));
        put(LossL1.class, (t, loss) -> t.weighted(t.absolutes(), loss.getWeights()));
        put(
                LossMAPE.class,
                (t, loss) -> t.weighted(
                        t.ops.scale(t.perOutput(t.ops.apply(Pointwise.abs(), t.ops.divide(t.errors(), t.labels))), 100),
                        loss.getWeights()));
        put(LossMSLE.class, (t, loss) -> {
            Node ratio = t.ops.subtract(
                    t.ops.apply(Pointwise.log1p(), t.outputs()), t.ops.apply(Pointwise.log1p(), t.labels));
            return t.weighted(t.perOutput(t.ops.apply(Pointwise.pow(2), ratio)), loss.getWeights());
        });
        put(
                LossPoisson.class,
                (t, loss) -> t.ops.subtract(
                        t.outputs(), t.ops.multiply(t.labels, t.ops.apply(Pointwise.log(), t.outputs()))));
        put(LossKLD.class, (t, loss) -> {
            Node labels = t.ops.apply(Pointwise.clip(1e-5, 1), t.labels);
            Node outputs = t.ops.apply(Pointwise.clip(1e-5, 1), t.outputs());
            return t.ops.multiply(
                    labels,
                    t.ops.subtract(t.ops.apply(Pointwise.log(), labels), t.ops.apply(Pointwise.log(), outputs)));
        });
        put(LossHinge.class, (t, loss) -> t.hinge());
        put(LossSquaredHinge.class, (t, loss) -> t.ops.apply(Pointwise.pow(2), t.hinge()));
        put(LossWasserstein.class, (t, loss) -> t.perOutput(t.ops.multiply(t.labels, t.outputs())));
    }

    private Losses() {}

    private interface Rule<L> {
        Node apply(Terms terms, L loss);
    }

    private static <L extends ILossFunction> void put(Class<L> type, Rule<L> rule) {
        RULES.put(type, (terms, loss) -> rule.apply(terms, type.cast(loss)));
    }

    static Set<Class<? extends ILossFunction>> supported() {
        return RULES.keySet();
    }

    /** What a loss is made of: pre-activations, labels and the activation between the first and the loss. */
    static Node apply(Scope scope, ILossFunction loss, IActivation activation, Outputs outputs) {
        Rule<ILossFunction> rule = RULES.get(loss.getClass());
        if (rule == null) {
            throw new Unsupported("loss " + loss);
        }
        return rule.apply(new Terms(scope, outputs, activation), loss);
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
            if (count < 1) {
                throw new Unsupported("a loss that divides by the number of outputs, in a layer that does not know it");
            }
            return ops.scale(x, 1.0 / count);
        }

        Node crossEntropy() {
            return ops.scale(ops.multiply(labels, logOutputs()), -1);
        }

        private Node logOutputs() {
            return activation instanceof ActivationSoftmax ? ops.logSoftmax(z) : ops.apply(Pointwise.log(), outputs());
        }

        /** Of logits where it can be: {@code softplus(z) - y z}, which overflows for no z. */
        Node binaryCrossEntropy() {
            if (activation instanceof ActivationSoftmax) {
                return crossEntropy();
            }
            if (activation instanceof ActivationSigmoid) {
                return ops.subtract(ops.apply(Pointwise.softplus(), z), ops.multiply(labels, z));
            }
            Node p = outputs();
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
