package dev.fastif.hvp;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.Model;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.ContractNetworks;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.hvp.index.CurvatureFit;
import dev.fastif.hvp.index.InfluenceIndex;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A network of DL4J, 8-10-3, trained on 200 examples: 123 parameters. */
class FittedSolverTest {
    private static final int N = 200;
    private static final double DAMPING = 0.01;

    private static final DataSet DATA = data();
    private static final Model MODEL = Dl4jModel.of(trained());
    private static final TrainingSet TRAINING_SET = TrainingSet.of(DATA);
    private static final Curvature CURVATURE = Curvature.of(CurvatureMatrix.GAUSS_NEWTON, MODEL, TRAINING_SET);
    private static final CurvatureFit FIT =
            CurvatureFit.builder(MODEL, TRAINING_SET).coordinates(123).fit();

    private static DataSet data() {
        INDArray x = normal(1, N, 8);
        INDArray classes = x.mmul(normal(2, 8, 3)).addi(normal(3, N, 3)).argMax(1);
        INDArray y = Nd4j.create(DataType.DOUBLE, N, 3);
        for (int i = 0; i < N; i++) {
            y.putScalar(i, classes.getInt(i), 1);
        }
        return new DataSet(x, y);
    }

    private static MultiLayerNetwork trained() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(DataType.DOUBLE)
                .updater(new Adam(0.02))
                .activation(Activation.TANH)
                .l2(1e-3)
                .list(
                        new DenseLayer.Builder().nIn(8).nOut(10).build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(10)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        for (int step = 0; step < 50; step++) {
            net.fit(DATA);
        }
        return net;
    }

    private static INDArray v() {
        return MODEL.gradient(TRAINING_SET.batch(7));
    }

    private static Solution solve(FittedSolver.Builder solver) {
        return solver.damping(DAMPING).build().solve(CURVATURE, v(), Progress.none());
    }

    @Test
    void withAllCoordinatesItIsExact() {
        Solution solution = solve(FittedSolver.builder(FIT).tolerance(1e-9));
        INDArray s = solution.value();
        assertClose(v(), CURVATURE.full().apply(s).addi(s.mul(DAMPING)), 1e-9);
        assertTrue(solution.report().relativeResidual() < 1e-9);
        assertEquals(DAMPING, solution.report().damping());
    }

    @Test
    void theDefaultDampingIsAThousandthOfTheLargestEigenvalue() {
        INDArray x = v();
        double length = 1;
        for (int power = 0; power < 200; power++) {
            x = CURVATURE.full().apply(x);
            length = x.norm2Number().doubleValue();
            x.divi(length);
        }
        assertEquals(length / 1000, FIT.defaultDamping(), 0.02 * length / 1000);
    }

    @Test
    void aFitOfFewerCoordinatesIsThatOfSoManyFromTheBeginning() {
        CurvatureFit fewer = FIT.withCoordinates(30);
        CurvatureFit made =
                CurvatureFit.builder(MODEL, TRAINING_SET).coordinates(30).fit();
        assertClose(made.inverse(DAMPING).apply(v()), fewer.inverse(DAMPING).apply(v()), 1e-12);
        assertEquals(30, fewer.coordinates());
    }

    @Test
    void aPromiseThatIsNotKeptIsNoResult() {
        String message = Messages.assertMentions(
                SolveFailedException.class,
                () -> solve(FittedSolver.builder(FIT.withCoordinates(20)).tolerance(1e-6)),
                "residual of",
                "preconditionedBy");
        assertTrue(message.contains("20 coordinates"), message);
        solve(FittedSolver.ekfac(FIT).tolerance(100));
    }

    @Test
    void conjugateGradientsNeedFewerProducts() {
        Solution plain = descent(null);
        Solution half = descent(FIT.withCoordinates(60));
        Solution all = descent(FIT);
        assertTrue(all.report().iterations() <= 2, all.report().toString());
        assertTrue(half.report().iterations() < plain.report().iterations(), half.report() + "\n" + plain.report());
        assertClose(plain.value(), half.value(), 1e-6);
        assertClose(plain.value(), all.value(), 1e-6);
    }

    private static Solution descent(@Nullable CurvatureFit fit) {
        ConjugateGradient.Builder builder =
                ConjugateGradient.builder().damping(DAMPING).tolerance(1e-8);
        return (fit == null ? builder : builder.preconditionedBy(fit)).build().solve(CURVATURE, v(), Progress.none());
    }

    @Test
    void anEngineFindsTheMostInfluentialOfTheWholeTrainingSet() {
        try (InfluenceIndex index = InfluenceIndex.of(FIT, MODEL, TRAINING_SET, DeviceGroup.cpu(2), Progress.none());
                InfluenceEngine engine = InfluenceEngine.builder(MODEL, TRAINING_SET)
                        .preselectBy(index.preselection(DAMPING))
                        .inverseHvp(FittedSolver.builder(FIT).damping(DAMPING).build())
                        .candidates(20)
                        .build()) {
            Query query = Query.of(TRAINING_SET.batch(3)).withTopK(10);
            InfluenceResult found = engine.explain(query);
            InfluenceResult all = engine.explain(query.withCandidates(Candidates.all(N)));
            assertEquals(ids(all.helpful()), ids(found.helpful()));
            assertEquals(ids(all.harmful()), ids(found.harmful()));
        }
    }

    @Test
    void anInterruptEndsAFitAndAnIndex() {
        Progress interrupter = (stage, done, total) -> {
            if (done > 0) {
                Thread.currentThread().interrupt();
            }
        };
        List<Executable> works = List.of(
                () -> CurvatureFit.builder(MODEL, TRAINING_SET)
                        .devices(DeviceGroup.cpu(1))
                        .progress(interrupter)
                        .fit(),
                () -> InfluenceIndex.of(FIT, MODEL, TRAINING_SET, DeviceGroup.cpu(1), interrupter));
        for (Executable work : works) {
            assertThrows(CancellationException.class, work);
            Thread.interrupted();
        }
    }

    private static List<Integer> ids(List<Influence> influences) {
        return influences.stream().map(Influence::id).toList();
    }

    @Test
    void anIndexOfOldParametersAnswersNoMore() {
        ContractNetworks.Case network = ContractNetworks.all().get(0);
        GraphModel model = (GraphModel) network.model();
        TrainingSet trainingSet = TrainingSet.of(network.batch());
        CurvatureFit fit =
                CurvatureFit.builder(model, trainingSet).coordinates(5).fit();
        try (InfluenceIndex index = InfluenceIndex.of(fit, model, trainingSet, DeviceGroup.cpu(1), Progress.none())) {
            Batch point = network.batch().example(0);
            index.influences(point, model.loss(), 1);
            model.setParameterValues(model.parameterValues());
            Messages.assertMentions(
                    IllegalStateException.class,
                    () -> index.influences(point, model.loss(), 1),
                    "replaced",
                    "fit anew");
        }
    }
}
