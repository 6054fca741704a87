package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.hvp.ByExample;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every layer, activation and loss that is supported against DL4J itself and central differences, in double. */
class Dl4jModelContractTest {
    static List<Sample> samples() {
        List<Sample> all = new ArrayList<>(Nets.all());
        all.addAll(Functions.activations());
        all.addAll(Functions.losses());
        return all;
    }

    @Test
    void everySupportedLayerHasItsNetwork() {
        Set<String> supported = Stream.concat(Rules.hidden().stream(), Rules.heads().stream())
                .map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> covered = Nets.all().stream()
                .flatMap(sample -> sample.layers().stream())
                .map(layer -> layer.getClass().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(supported, covered, "give each layer a network in Nets");
    }

    @Test
    void everySupportedFunctionHasItsNetwork() {
        assertEquals(names(Activations.pointwise()), Functions.coveredActivations());
        assertEquals(names(Losses.supported()), Functions.coveredLosses());
    }

    private static Set<String> names(Set<? extends Class<?>> types) {
        return types.stream().map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void lossesAreDl4js(Sample sample) {
        sample.batches().forEach(batch -> {
            INDArray expected = losses(sample, batch).muli(sample.scoreFactor());
            INDArray found = Dl4jModel.of(sample.net(DataType.DOUBLE)).losses(batch);
            Oracle.assertClose(expected, found, sample.tolerance());
        });
    }

    // scoreExamples is at inference whatever the layer, so that it is an oracle for BatchNormalization too
    private static INDArray losses(Sample sample, Batch batch) {
        INDArray losses = new Gradients.OfLayers(sample.net(DataType.DOUBLE)).losses(batch);
        return losses.reshape(losses.length());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void gradientsAreDl4js(Sample sample) {
        if (!sample.hasDoubtfulGradient() && !normalizesBatches(sample)) {
            sample.batches()
                    .forEach(batch -> oracle(sample).gradientIsDl4js(batch, Math.max(1e-8, sample.tolerance())));
        }
    }

    /** Each of the gradients that are known to be wrong is so still. */
    @ParameterizedTest
    @EnumSource(WrongGradient.class)
    void aWrongGradientIsWrong(WrongGradient wrong) {
        List<Sample> found =
                samples().stream().filter(sample -> wrong.isIn(sample.name())).toList();
        assertFalse(found.isEmpty(), "there is a network for it");
        assertTrue(
                found.stream().anyMatch(sample -> sample.batches().stream().anyMatch(batch -> {
                    try {
                        oracle(sample).gradientIsDl4js(batch, 1e-6);
                        return false;
                    } catch (AssertionError e) {
                        return true;
                    }
                })),
                "DL4J's gradient is right now: take it from the list");
    }

    private static boolean normalizesBatches(Sample sample) {
        return sample.layers().stream().anyMatch(BatchNormalization.class::isInstance);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void directionalDerivativesAreSlopesOfDl4jsLosses(Sample sample) {
        sample.batches().forEach(batch -> oracle(sample)
                .directionalDerivativesAreSlopesOfDl4jsLosses(batch, sample.scoreFactor(), sample.slopeTolerance()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void hessianVectorProductsAreSlopesOfGradients(Sample sample) {
        sample.batches().forEach(batch -> oracle(sample).hessianVectorProductIsTheSlopeOfTheGradient(batch, 1e-6));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void gradientsOfExamplesAreThoseOfSingleExamples(Sample sample) {
        sample.batches()
                .forEach(batch -> ByExample.gradientsAreThoseOfSingleExamples(
                        Dl4jModel.of(sample.net(DataType.DOUBLE)), batch, 1e-10));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void gaussNewtonMatrixIsTheSumOfOuterProducts(Sample sample) {
        sample.batches()
                .forEach(batch -> ByExample.curvatureIsTheSumOfOuterProducts(
                        Dl4jModel.of(sample.net(DataType.DOUBLE)), batch, 1e-8));
    }

    private static Oracle oracle(Sample sample) {
        return new Oracle(
                () -> new Gradients.OfLayers(sample.net(DataType.DOUBLE)),
                net -> Dl4jModel.of(((Gradients.OfLayers) net).net()));
    }

    /** One network for each function. */
    private static final class Functions {
        private static final List<IActivation> ACTIVATIONS = Stream.concat(
                        Stream.of((IActivation) new ActivationGELU(true)),
                        Stream.of(org.nd4j.linalg.activations.Activation.values())
                                .filter(activation -> activation != org.nd4j.linalg.activations.Activation.SOFTMAX
                                        && activation != org.nd4j.linalg.activations.Activation.RRELU
                                        && activation != org.nd4j.linalg.activations.Activation.IDENTITY)
                                .map(org.nd4j.linalg.activations.Activation::getActivationFunction))
                .toList();

        private Functions() {}

        static Set<String> coveredActivations() {
            return ACTIVATIONS.stream()
                    .map(activation -> activation.getClass().getSimpleName())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        static List<Sample> activations() {
            return ACTIVATIONS.stream()
                    .map(activation -> Sample.rows(
                            "activation " + activation,
                            new org.deeplearning4j.nn.conf.layers.DenseLayer.Builder()
                                    .nOut(Samples.H)
                                    .activation(activation)
                                    .build(),
                            Nets.output()))
                    .toList();
        }

        static Set<String> coveredLosses() {
            return LossCases.all().stream()
                    .map(loss -> loss.loss().getClass().getSimpleName())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        static List<Sample> losses() {
            return LossCases.all().stream().map(LossCases.Case::sample).toList();
        }
    }
}
