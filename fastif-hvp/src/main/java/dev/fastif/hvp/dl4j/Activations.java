package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationRationalTanh;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationRectifiedTanh;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;

/** DL4J's activation functions, but for RReLU: what DL4J computes at inference is not the leaky ReLU that it is documented to be. */
final class Activations {
    private static final Map<Class<? extends IActivation>, Function<IActivation, Pointwise>> RULES =
            Collections.unmodifiableMap(rules());

    private static Map<Class<? extends IActivation>, Function<IActivation, Pointwise>> rules() {
        Map<Class<? extends IActivation>, Function<IActivation, Pointwise>> rules = new LinkedHashMap<>();
        put(rules, ActivationCube.class, a -> Pointwise.pow(3));
        put(rules, ActivationELU.class, a -> Pointwise.elu(a.getAlpha()));
        put(rules, ActivationGELU.class, a -> a.isPrecise() ? Pointwise.geluTanhOfNd4j() : Pointwise.geluSigmoid());
        put(rules, ActivationHardSigmoid.class, a -> Pointwise.hardSigmoid());
        put(rules, ActivationHardTanH.class, a -> Pointwise.clip(-1, 1));
        put(rules, ActivationLReLU.class, a -> Pointwise.leakyRelu(a.getAlpha()));
        put(rules, ActivationMish.class, a -> Pointwise.mish());
        put(rules, ActivationRationalTanh.class, a -> Pointwise.rationalTanh());
        put(rules, ActivationReLU.class, Activations::relu);
        put(rules, ActivationReLU6.class, a -> Pointwise.clip(0, 6));
        put(rules, ActivationRectifiedTanh.class, a -> Pointwise.rectifiedTanh());
        put(rules, ActivationSELU.class, a -> Pointwise.selu());
        put(rules, ActivationSigmoid.class, a -> Pointwise.sigmoid());
        put(rules, ActivationSoftPlus.class, a -> Pointwise.softplus());
        put(rules, ActivationSoftSign.class, a -> Pointwise.softsign());
        put(rules, ActivationSwish.class, a -> Pointwise.swish());
        put(rules, ActivationTanH.class, a -> Pointwise.tanh());
        put(rules, ActivationThresholdedReLU.class, a -> Pointwise.thresholdedRelu(a.getTheta()));
        return rules;
    }

    private Activations() {}

    private static <A extends IActivation> void put(
            Map<Class<? extends IActivation>, Function<IActivation, Pointwise>> rules,
            Class<A> type,
            Function<A, Pointwise> rule) {
        rules.put(type, activation -> rule.apply(type.cast(activation)));
    }

    /** The supported functions other than identity and softmax. */
    static Set<Class<? extends IActivation>> pointwise() {
        return RULES.keySet();
    }

    private static Pointwise relu(ActivationReLU relu) {
        boolean plain = (relu.getThreshold() == null || relu.getThreshold() == 0) && relu.getNegativeSlope() == null;
        if (relu.getMax() != null && plain) {
            return Pointwise.clip(0, relu.getMax());
        }
        if (relu.getMax() == null && (relu.getThreshold() == null || relu.getThreshold() == 0)) {
            return relu.getNegativeSlope() == null ? Pointwise.relu() : Pointwise.leakyRelu(relu.getNegativeSlope());
        }
        throw new Unsupported("ReLU with a threshold, or with a slope and a maximum");
    }

    /** f(x); softmax is over the last axis. */
    static Node apply(Tensors ops, IActivation activation, Node x) {
        if (activation instanceof ActivationIdentity) {
            return x;
        }
        if (activation instanceof ActivationSoftmax) {
            return ops.softmax(x);
        }
        return ops.apply(pointwise(activation), x);
    }

    /** Requires that a function has a rule. */
    static void require(IActivation activation) {
        if (!(activation instanceof ActivationIdentity) && !(activation instanceof ActivationSoftmax)) {
            pointwise(activation);
        }
    }

    private static Pointwise pointwise(IActivation activation) {
        Function<IActivation, Pointwise> rule = RULES.get(activation.getClass());
        if (rule == null) {
            throw new Unsupported("activation " + activation);
        }
        return rule.apply(activation);
    }
}
