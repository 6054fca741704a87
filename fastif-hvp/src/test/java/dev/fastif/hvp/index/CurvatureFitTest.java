package dev.fastif.hvp.index;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.core.Batch;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.Model;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.ContractNetworks;
import dev.fastif.hvp.internal.SymmetricEigen;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** With all coordinates kept a fit is the curvature itself: for every operation of the registry. */
class CurvatureFitTest {
    private static final double DAMPING = 0.1;

    static List<ContractNetworks.Case> cases() {
        return ContractNetworks.all();
    }

    private static CurvatureFit fit(Model model, TrainingSet trainingSet, int workers) {
        return CurvatureFit.builder(model, trainingSet)
                .coordinates((int) model.parameters().size())
                .slopes(1000)
                .devices(DeviceGroup.cpu(workers))
                .fit();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void withAllCoordinatesTheFitIsTheGaussNewtonMatrix(ContractNetworks.Case network) {
        Model model = network.model();
        TrainingSet trainingSet = TrainingSet.of(network.batch());
        CurvatureFit fit = fit(model, trainingSet, 2);
        CurvatureFit.Inverse inverse = fit.inverse(DAMPING);
        INDArray v = normal(3, model.parameters().size());
        INDArray s = inverse.apply(v);
        Curvature curvature = Curvature.of(CurvatureMatrix.GAUSS_NEWTON, model, trainingSet);
        INDArray image = curvature.full().apply(s).addi(s.mul(DAMPING));
        assertClose(v, image, 1e-9);
        try (InfluenceIndex index = InfluenceIndex.of(fit, model, trainingSet, DeviceGroup.cpu(2), Progress.none())) {
            influencesAreThoseOfTheSolution(index, inverse, model, network.batch());
        }
    }

    private static void influencesAreThoseOfTheSolution(
            InfluenceIndex index, CurvatureFit.Inverse inverse, Model model, Batch all) {
        double[][] influences = index.influences(all, model.loss(), DAMPING);
        double[] self = index.selfInfluences(DAMPING);
        double largest = Arrays.stream(self).map(Math::abs).max().orElseThrow();
        for (int q = 0; q < all.size(); q++) {
            INDArray s = inverse.apply(model.gradient(all.example(q)));
            for (int i = 0; i < all.size(); i++) {
                double expected = -Nd4j.getBlasWrapper().dot(s, model.gradient(all.example(i)));
                assertEquals(expected, influences[q][i], 1e-5 * largest);
            }
            assertEquals(influences[q][q], self[q], 1e-5 * largest);
        }
    }

    static List<ContractNetworks.Case> someCases() {
        List<ContractNetworks.Case> all = ContractNetworks.all();
        return IntStream.range(0, all.size())
                .filter(i -> i % 20 == 0)
                .mapToObj(all::get)
                .toList();
    }

    private static double effectiveDimension(Curvature curvature, INDArray like) {
        int p = (int) like.length();
        double[][] matrix = new double[p][];
        for (int i = 0; i < p; i++) {
            matrix[i] = curvature
                    .full()
                    .apply(like.ulike().assign(0).putScalar(i, 1))
                    .toDoubleVector();
        }
        return Arrays.stream(SymmetricEigen.of(matrix, () -> {}).values())
                .map(e -> e / (e + DAMPING))
                .sum();
    }

    @ParameterizedTest
    @MethodSource("someCases")
    void theEffectiveDimensionIsTheSumOverEigenvalues(ContractNetworks.Case network) {
        Model model = network.model();
        TrainingSet trainingSet = TrainingSet.of(network.batch());
        Curvature curvature = Curvature.of(CurvatureMatrix.GAUSS_NEWTON, model, trainingSet);
        INDArray like = model.parameterValues();
        assertEquals(
                effectiveDimension(curvature, like),
                fit(model, trainingSet, 1).effectiveDimension(DAMPING),
                1e-9 * like.length());
    }

    @ParameterizedTest
    @MethodSource("someCases")
    void anyNumberOfWorkersGivesTheSameBits(ContractNetworks.Case network) {
        Model model = network.model();
        TrainingSet trainingSet = TrainingSet.of(network.batch());
        INDArray v = normal(3, model.parameters().size());
        double[] alone = fit(model, trainingSet, 1).inverse(DAMPING).apply(v).toDoubleVector();
        double[] shared = fit(model, trainingSet, 3).inverse(DAMPING).apply(v).toDoubleVector();
        assertArrayEquals(alone, shared, () -> Arrays.toString(shared));
    }
}
