package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Measurement;
import dev.fastif.core.TestArrays;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Whatever is a loss variable, and whatever the TrainingConfig says: the objective is what SameDiff trains, or an error. */
class ObjectiveTest {
    private static final INDArray X = TestArrays.normal(1, 3, 4);
    private static final INDArray Y = TestArrays.normal(2, 3, 3);
    private static final Batch BATCH = Batch.of(Map.of("x", X, "y", Y));

    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    /** What the loss is made of. */
    record Parts(SameDiff sd, SDVariable y, SDVariable z, SDVariable w) {
        /** Squared errors, [n, 3]. */
        SDVariable e() {
            return sd.math().square(z.sub(y));
        }

        SDVariable h() {
            return sd.math().tanh(z);
        }

        /** [3 n, 2]. */
        SDVariable steps() {
            SDVariable h = sd.math().tanh(sd.reshape(z.sub(y), -1, 1));
            return sd.mmul(h, sd.var("u" + sd.variables().size(), TestArrays.normal(4, 1, 2)));
        }

        SDVariable number(double value) {
            return sd.constant(value);
        }
    }

    enum Kind {
        MEAN,
        SUM,
        REFUSED
    }

    interface Maker {
        List<SDVariable> losses(Parts p);
    }

    record Case(String name, Kind kind, Maker maker) {
        SameDiff build() {
            SameDiff sd = SameDiff.create();
            sd.setEnableCache(false);
            SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
            SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
            SDVariable w = sd.var("w", TestArrays.normal(3, 4, 3));
            List<SDVariable> losses = maker.losses(new Parts(sd, y, sd.mmul(x, w), w));
            sd.setLossVariables(losses.stream().map(SDVariable::name).toArray(String[]::new));
            return sd;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Case one(String name, Kind kind, java.util.function.Function<Parts, SDVariable> loss) {
        return new Case(name, kind, p -> List.of(loss.apply(p)));
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.addAll(reductions());
        cases.addAll(linear());
        cases.addAll(steps());
        cases.addAll(several());
        cases.addAll(refused());
        return cases.stream();
    }

    private static List<Case> reductions() {
        return List.of(
                one("elements", Kind.SUM, p -> p.e()),
                one("mean", Kind.MEAN, p -> p.sd.mean(p.e())),
                one("sum", Kind.SUM, p -> p.sd.sum(p.e())),
                one("means of examples", Kind.SUM, p -> p.sd.mean(p.e(), 1)),
                one("sums of examples", Kind.SUM, p -> p.sd.sum(p.e(), 1)),
                one("largest of examples", Kind.SUM, p -> p.sd.max(p.e(), 1)),
                one("means of outputs", Kind.MEAN, p -> p.sd.mean(p.e(), 0)),
                one("sums of outputs", Kind.SUM, p -> p.sd.sum(p.e(), 0)),
                one("mean over both", Kind.MEAN, p -> p.sd.mean(p.e(), 0, 1)),
                one("sum over both, kept", Kind.SUM, p -> p.sd.sum(p.e(), true, 0, 1)),
                one("mean of means", Kind.MEAN, p -> p.sd.mean(p.sd.mean(p.e(), 1))),
                one("sum of means", Kind.SUM, p -> p.sd.sum(p.sd.mean(p.e(), 1))),
                one("mean of sums", Kind.MEAN, p -> p.sd.mean(p.sd.sum(p.e(), 1))),
                one("mean over 0 of sums", Kind.MEAN, p -> p.sd.mean(p.sd.sum(p.e(), 1), 0)),
                one("mean of means of outputs", Kind.MEAN, p -> p.sd.mean(p.sd.mean(p.e(), 0))),
                one("sum of means of outputs", Kind.MEAN, p -> p.sd.sum(p.sd.mean(p.e(), 0))),
                one("mean of sums of outputs", Kind.SUM, p -> p.sd.mean(p.sd.sum(p.e(), 0))),
                one("mean of a mean", Kind.MEAN, p -> p.sd.mean(p.sd.mean(p.e()))),
                one(
                        "mean of unreduced losses",
                        Kind.MEAN,
                        p -> p.sd.mean(p.sd.loss().meanSquaredError(p.y, p.z, null, LossReduce.NONE))),
                one(
                        "sum of unreduced cross-entropies",
                        Kind.SUM,
                        p -> p.sd.sum(p.sd.loss().softmaxCrossEntropy(p.y, p.z, null, LossReduce.NONE, 0))),
                one(
                        "mean of weighed cross-entropies",
                        Kind.MEAN,
                        p -> p.sd.mean(p.sd.loss()
                                .softmaxCrossEntropy(p.y, p.z, null, LossReduce.NONE, 0)
                                .mul(p.sd.mean(p.y, true, 1)))));
    }

    private static List<Case> linear() {
        return List.of(
                one("scaled", Kind.MEAN, p -> p.sd.mean(p.e()).mul(0.3)),
                one("divided", Kind.SUM, p -> p.sd.sum(p.e()).div(3.0)),
                one("negative", Kind.MEAN, p -> p.sd.math().neg(p.sd.mean(p.h()))),
                one("identity", Kind.MEAN, p -> p.sd.identity(p.sd.mean(p.h()))),
                one("times a constant", Kind.MEAN, p -> p.sd.mean(p.e()).mul(p.number(0.3))),
                one("a constant times", Kind.MEAN, p -> p.number(0.3).mul(p.sd.mean(p.e()))),
                one("divided by a constant", Kind.SUM, p -> p.sd.sum(p.e()).div(p.number(3))),
                one("means of outputs, scaled", Kind.MEAN, p -> p.sd.mean(p.e(), 0)
                        .mul(0.3)),
                one("elements, scaled", Kind.SUM, p -> p.e().mul(0.3)));
    }

    /** Rows for each step of sequences: three for an example. */
    private static List<Case> steps() {
        return List.of(
                one("mean of steps", Kind.MEAN, p -> p.sd.mean(p.steps())),
                one("sum of steps", Kind.SUM, p -> p.sd.sum(p.steps())),
                one("steps", Kind.SUM, Parts::steps),
                one("means of outputs of steps", Kind.MEAN, p -> p.sd.mean(p.steps(), 0)),
                one("loss operation of steps", Kind.MEAN, p -> p.sd.loss()
                        .softmaxCrossEntropy(p.sd.nn().softmax(p.steps(), 1), p.steps(), null)),
                one("steps and examples", Kind.MEAN, p -> p.sd.mean(p.steps()).add(p.sd.mean(p.e()))));
    }

    private static List<Case> several() {
        return List.of(
                one("two means", Kind.MEAN, p -> p.sd.mean(p.e()).add(p.sd.mean(p.h()))),
                one("a mean less another", Kind.MEAN, p -> p.sd.mean(p.e()).sub(p.sd.mean(p.h()))),
                one("two sums, one of them scaled", Kind.SUM, p -> p.sd.sum(p.e())
                        .add(p.sd.sum(p.h()).mul(0.2))),
                one("a loss operation and a mean", Kind.MEAN, p -> p.sd.loss()
                        .meanSquaredError(p.y, p.z, null)
                        .add(p.sd.mean(p.h()))),
                new Case("two mean variables", Kind.MEAN, p -> List.of(p.sd.mean(p.e()), p.sd.mean(p.h(), 0))),
                new Case("elements and a sum", Kind.SUM, p -> List.of(p.e(), p.sd.sum(p.h(), 1), p.sd.sum(p.h()))),
                new Case("a mean and elements", Kind.REFUSED, p -> List.of(p.sd.mean(p.e()), p.h())),
                new Case("a mean and a sum", Kind.REFUSED, p -> List.of(p.sd.mean(p.e()), p.sd.sum(p.h()))),
                one("a mean and a sum, added", Kind.REFUSED, p -> p.sd.mean(p.e())
                        .add(p.sd.sum(p.h()))),
                one("elements and a mean, added", Kind.REFUSED, p -> p.e().add(p.sd.mean(p.h()))),
                one("means of outputs and a mean, added", Kind.REFUSED, p -> p.sd.mean(p.e(), 0)
                        .add(p.sd.mean(p.h()))));
    }

    private static List<Case> refused() {
        return List.of(
                one("root of a mean", Kind.REFUSED, p -> p.sd.math().sqrt(p.sd.mean(p.e()))),
                one("square of a sum", Kind.REFUSED, p -> p.sd.math().square(p.sd.sum(p.h()))),
                one("log of means of outputs", Kind.REFUSED, p -> p.sd.math().log(p.sd.mean(p.e(), 0))),
                one("product of means", Kind.REFUSED, p -> p.sd.mean(p.e()).mul(p.sd.mean(p.h()))),
                one("a constant divided by a mean", Kind.REFUSED, p -> p.number(1)
                        .div(p.sd.mean(p.e()))),
                one("times a parameter", Kind.REFUSED, p -> p.sd.mean(p.e()).mul(p.sd.sum(p.w))),
                one("largest of a batch", Kind.REFUSED, p -> p.sd.max(p.e())),
                one("largest of outputs", Kind.REFUSED, p -> p.sd.sum(p.sd.max(p.e(), 0))),
                one(
                        "centred on the batch",
                        Kind.REFUSED,
                        p -> p.sd.mean(p.sd.math().square(p.z.sub(p.sd.mean(p.z, true, 0))))),
                one(
                        "softmax over the batch",
                        Kind.REFUSED,
                        p -> p.sd.mean(p.e().mul(p.sd.nn().softmax(p.z, 0)))),
                one(
                        "a product of examples",
                        Kind.REFUSED,
                        p -> p.sd.sum(p.sd.math().tanh(p.sd.mmul(p.z, p.sd.permute(p.z, 1, 0))), 1)),
                one("a mean from the end", Kind.REFUSED, p -> p.sd.mean(p.e(), -2)),
                one("a penalty alone", Kind.REFUSED, p -> p.sd.mean(p.sd.math().square(p.w))),
                one("a penalty added", Kind.REFUSED, p -> p.sd.mean(p.e())
                        .add(p.sd.mean(p.sd.math().square(p.w)))),
                new Case(
                        "a penalty beside",
                        Kind.REFUSED,
                        p -> List.of(p.sd.mean(p.e()), p.sd.loss().l2Loss(p.w))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossVariablesAreWhatIsTrained(Case each) {
        SameDiff sd = each.build();
        if (each.kind() == Kind.REFUSED) {
            for (Batch batch : List.of(BATCH, Forward.example(BATCH, 0))) {
                assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd)
                        .losses(batch));
            }
        } else {
            Forward.requireSame(sd, SameDiffModel.of(sd), BATCH, each.kind() == Kind.SUM, 1e-9);
        }
    }

    @Test
    void outputsAndFeaturesOfStepsAreThoseOfExamples() {
        SameDiff sd = one("mean of steps", Kind.MEAN, p -> p.sd.mean(p.sd.math().square(p.steps())))
                .build();
        SameDiffModel model = SameDiffModel.of(sd);
        assertEquals(3, model.outputs(BATCH).size(0));
        assertEquals(3, model.features(BATCH).size(0));
        INDArray v = Forward.direction(model, 2);
        INDArray gradient = model.gradient(BATCH, Measurement.logit(1));
        Forward.move(sd, model, v, 1e-5);
        INDArray up = SameDiffModel.of(sd).outputs(BATCH).getColumn(1).dup();
        Forward.move(sd, model, v, -2e-5);
        double slope = up.sub(SameDiffModel.of(sd).outputs(BATCH).getColumn(1))
                        .meanNumber()
                        .doubleValue()
                / 2e-5;
        assertEquals(slope, gradient.mul(v).sumNumber().doubleValue(), 1e-7);
    }

    @Test
    void theGraphsLossVariablesComeBeforeThoseOfTheConfig() {
        SameDiff sd = one("mean", Kind.MEAN, p -> p.sd.mean("a", p.e())).build();
        sd.sum("b", sd.getVariable("a"));
        TrainingConfig config = config(new Sgd(0.1));
        config.setLossVariables(List.of("b"));
        sd.setTrainingConfig(config);
        SameDiff trained = sd.dup();
        trained.fit(new SingletonDataSetIterator(new DataSet(X, Y)), 1);
        assertEquals(List.of("a"), sd.getLossVariables());
        requireStep(sd, trained, 0.1);
    }

    @Test
    void maximizingIsRefused() {
        SameDiff sd = one("mean", Kind.MEAN, p -> p.sd.mean(p.h())).build();
        TrainingConfig config = config(new Sgd(0.1));
        config.setMinimize(false);
        sd.setTrainingConfig(config);
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                .getMessage());
        assertTrue(message.contains("negative"), message);
    }

    private static TrainingConfig config(IUpdater updater, Regularization... penalties) {
        TrainingConfig config = TrainingConfig.builder()
                .updater(updater)
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("y")
                .build();
        config.setRegularization(List.of(penalties));
        return config;
    }

    record Trained(String name, IUpdater updater, double rate, Regularization penalty) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Trained> penalties() {
        Map<String, Regularization> penalties = new LinkedHashMap<>();
        penalties.put("L2", new L2Regularization(0.3));
        penalties.put("L1", new L1Regularization(0.3));
        penalties.put("decay", new WeightDecay(0.3, true));
        penalties.put("decay without the rate", new WeightDecay(0.3, false));
        List<Trained> cases = new ArrayList<>();
        penalties.forEach((name, penalty) -> {
            cases.add(new Trained(name + ", Sgd", new Sgd(0.05), 0.05, penalty));
            cases.add(new Trained(name + ", NoOp", new NoOp(), 1, penalty));
        });
        return cases.stream();
    }

    /** One step of training goes along the gradient of the whole objective. */
    @ParameterizedTest
    @MethodSource("penalties")
    void aStepOfTrainingIsTheObjectivesGradient(Trained each) {
        for (Case loss : List.of(one("mean", Kind.MEAN, p -> p.sd.mean(p.e())), one("sum", Kind.SUM, Parts::e))) {
            SameDiff sd = loss.build();
            sd.setTrainingConfig(config(each.updater(), each.penalty()));
            SameDiff trained = sd.dup();
            trained.fit(new SingletonDataSetIterator(new DataSet(X, Y)), 1);
            requireStep(sd, trained, each.rate() * (loss.kind() == Kind.SUM ? 3 : 1));
        }
    }

    private static void requireStep(SameDiff sd, SameDiff trained, double rate) {
        SameDiffModel model = SameDiffModel.builder(sd).batchSize(3).build();
        INDArray before = sd.getVariable("w").getArr();
        INDArray step = before.sub(trained.getVariable("w").getArr());
        INDArray theta = model.parameterValues();
        INDArray penalty = theta.ulike().assign(0);
        model.regularizer().addGradient(model.parameters(), theta, penalty);
        INDArray gradient = model.gradient(Batch.of(X, Y))
                .reshape(before.shape())
                .add(penalty.reshape(before.shape()))
                .mul(rate);
        assertTrue(TestArrays.difference(step, gradient) < 1e-12, () -> step + "\nis not\n" + gradient);
    }

    @Test
    void aSumBesideAPenaltyWantsTheSizeOfBatches() {
        SameDiff sd = one("elements", Kind.SUM, Parts::e).build();
        sd.setTrainingConfig(config(new Sgd(0.1), new L2Regularization(0.3)));
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                .getMessage());
        assertTrue(message.contains("batchSize"), message);
        assertEquals(
                0.15 / 8,
                SameDiffModel.builder(sd).batchSize(8).build().regularizer().coefficient("w"),
                1e-15);
    }

    @Test
    void aPenaltyThatChangesIsRefused() {
        SameDiff sd = one("mean", Kind.MEAN, p -> p.sd.mean(p.e())).build();
        ExponentialSchedule schedule = new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9);
        for (TrainingConfig config : List.of(
                config(new Sgd(0.1), new L2Regularization(schedule)),
                config(new Sgd(schedule), new WeightDecay(0.1, false)))) {
            sd.setTrainingConfig(config);
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                    .getMessage());
            assertTrue(message.contains("changes"), message);
        }
        for (TrainingConfig config : List.of(
                config(new Sgd(schedule), new WeightDecay(0.1, true)),
                config(new AdaDelta(), new WeightDecay(0.1, false)))) {
            sd.setTrainingConfig(config);
            assertEquals(0.05, SameDiffModel.of(sd).regularizer().coefficient("w"), 1e-15);
        }
    }
}
