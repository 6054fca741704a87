package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * Every field of every class that a network of DL4J is configured by, given other values: the model follows DL4J's score, or refuses.
 * {@link ConfigFields} says of each whether it is read, refused, or why it need not be; a field that DL4J adds is in no list.
 */
class ConfigFieldsTest {
    /** In how many networks a field of a class is tried. */
    private static final int ENOUGH = Integer.getInteger("fastif.fields", 2);

    private static final Map<String, Integer> TRIED = new TreeMap<>();

    private static final Map<String, Map<Outcome, Integer>> SEEN = new TreeMap<>();

    /** Fields that hide one of a class that they extend, or are hidden. */
    private static final Set<String> READ_WITH_OTHERS_OF_ITS_NAME = Set.of(
            "AbstractLSTM.gateActivationFn", "GravesBidirectionalLSTM.gateActivationFn", "GravesLSTM.gateActivationFn");

    /** What another value leads to. */
    enum Outcome {
        /** DL4J's score is another, and the model's is the same as that. */
        FOLLOWED,
        /** The score stays as it was. */
        SAME,
        REFUSED,
        /** DL4J cannot compute it, or what it computes is no number. */
        IMPOSSIBLE
    }

    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void tryAll() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        List<String> wrong = new ArrayList<>();
        for (Sample sample : samples()) {
            Batch batch = sample.batches().get(sample.batches().size() - 1);
            List<Layer> layers = sample.layers();
            new Trials<>(sample, layers, made -> ofLayers(with(sample, made).net(DataType.DOUBLE), sample), batch)
                    .run(wrong);
            MultiLayerNetwork net = sample.net(DataType.DOUBLE);
            INDArray theta = net.params().dup();
            new Trials<>(
                            sample,
                            net.getLayerWiseConfigurations(),
                            made -> ofLayers(initialized(made, theta), sample),
                            batch)
                    .run(wrong);
        }
        VerticesTest.cases().forEach(tried -> {
            INDArray theta = tried.net().params().dup();
            new Trials<>(
                            tried,
                            tried.net().getConfiguration(),
                            made -> ofGraph(initialized(made, theta)),
                            tried.batch())
                    .run(wrong);
        });
        assertEquals("", String.join("\n", wrong));
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    private static List<Sample> samples() {
        List<Sample> all = new ArrayList<>(Dl4jModelContractTest.samples());
        all.add(Sample.rows(
                "BatchNormalization, locked",
                Nets.dense(Activation.TANH),
                new BatchNormalization.Builder().lockGammaBeta(true).build(),
                Nets.output()));
        Sample masked = Sample.pooledSequences(
                "MaskZeroLayer of what is there",
                new MaskZeroLayer(new LSTM.Builder().nOut(Samples.H).build(), 0.7),
                new GlobalPoolingLayer(PoolingType.SUM),
                Nets.output());
        INDArray x = masked.batches().get(0).get(Batch.FEATURES).dup();
        x.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(1)).assign(1.0);
        all.add(new Sample(
                masked.name(), masked.layers(), masked.input(), List.of(Samples.batch(x, Samples.classes()))));
        return all;
    }

    private static Sample with(Sample sample, List<Layer> layers) {
        return new Sample(sample.name(), layers, sample.input(), sample.batches());
    }

    /** A network, DL4J's own score of a batch, and how to make a model of it. */
    private record Made(Gradients net, Supplier<Dl4jModel> model, double penalty, double scale) {
        double score(Batch batch) {
            return scale * weighed(net.losses(batch)) + penalty;
        }

        double found(Batch batch) {
            Dl4jModel made = model.get();
            return weighed(made.losses(batch)) + made.regularizer().value(made.parameters(), made.parameterValues());
        }

        /** So that examples do not make up for each other. */
        private static double weighed(INDArray losses) {
            double sum = 0;
            for (long i = 0; i < losses.length(); i++) {
                sum += losses.getDouble(i) * (1 + 0.1 * i);
            }
            return sum;
        }
    }

    private static Made ofLayers(MultiLayerNetwork net, Sample sample) {
        return new Made(
                new Gradients.OfLayers(net),
                () -> Dl4jModel.of(net),
                net.calcRegularizationScore(true),
                sample.scoreFactor());
    }

    private static Made ofGraph(ComputationGraph net) {
        return new Made(new Gradients.OfGraph(net), () -> Dl4jModel.of(net), net.calcRegularizationScore(true), 1);
    }

    private static MultiLayerNetwork initialized(MultiLayerConfiguration configuration, INDArray theta) {
        MultiLayerNetwork net = new MultiLayerNetwork(configuration);
        net.init();
        restore(net.params(), theta);
        return net;
    }

    private static ComputationGraph initialized(ComputationGraphConfiguration configuration, INDArray theta) {
        ComputationGraph net = new ComputationGraph(configuration);
        net.init();
        restore(net.params(), theta);
        return net;
    }

    private static void restore(INDArray params, INDArray theta) {
        if (Arrays.equals(params.shape(), theta.shape())) {
            params.assign(theta);
        }
    }

    /** All fields of a configuration, one after the other. */
    private record Trials<C>(Object name, C configuration, Function<C, Made> maker, Batch batch) {
        void run(List<String> wrong) {
            double before = maker.apply(Mutations.copy(configuration)).score(batch);
            int count = Mutations.sites(configuration).size();
            for (int i = 0; i < count; i++) {
                Mutations.Site site = Mutations.sites(configuration).get(i);
                Map<Outcome, Integer> seen = SEEN.computeIfAbsent(site.name(), any -> new TreeMap<>());
                boolean isTold = kind(site.name()).isToldByOne();
                String key = (isTold ? "" : site.owner().getClass().getSimpleName() + " ") + site.name();
                boolean isEnough = TRIED.merge(key, 1, Integer::sum) > ENOUGH;
                List<Object> others = isEnough ? List.of() : Mutations.of(site);
                int values = isTold ? Math.min(1, others.size()) : others.size();
                for (int k = 0; k < values; k++) {
                    C other = Mutations.copy(configuration);
                    Mutations.Site changed = Mutations.sites(other).get(i);
                    changed.set(Mutations.of(changed).get(k));
                    try {
                        Outcome outcome = outcome(other, before);
                        seen.merge(outcome, 1, Integer::sum);
                        if (outcome == Outcome.FOLLOWED) {
                            TRIED.merge(key, 1, Integer::sum);
                        }
                    } catch (AssertionError | RuntimeException e) {
                        if (kind(site.name()) != ConfigFields.TRAINING) {
                            wrong.add(name + ", " + site.name() + " = " + changed.value() + ": " + e);
                        }
                    }
                }
            }
        }

        private Outcome outcome(C other, double before) {
            Made made;
            double score;
            try {
                made = maker.apply(other);
                score = made.score(batch);
            } catch (RuntimeException e) {
                return Outcome.IMPOSSIBLE;
            }
            if (!Double.isFinite(score)) {
                return Outcome.IMPOSSIBLE;
            }
            try {
                assertEquals(score, made.found(batch), 1e-6 * Math.max(1, Math.abs(score)), "DL4J's score");
            } catch (IllegalArgumentException e) {
                String message = String.valueOf(e.getMessage());
                assertTrue(Refusals.listed(message).isPresent(), () -> "docs/MODELS.md does not list: " + message);
                return Outcome.REFUSED;
            }
            return Math.abs(score - before) > 1e-9 ? Outcome.FOLLOWED : Outcome.SAME;
        }
    }

    /** Of initializers and what DL4J remembers of shapes the fields are not listed one by one. */
    private static ConfigFields kind(String field) {
        return field.matches("(WeightInit|SD(Layer|Vertex)Params|.*Distribution).*")
                ? ConfigFields.START
                : ConfigFields.of(field);
    }

    @Test
    void everyFieldIsListed() {
        Set<Class<?>> classes = new HashSet<>(Set.of(
                NeuralNetConfiguration.class, MultiLayerConfiguration.class, ComputationGraphConfiguration.class));
        Stream.of(Layer.class, GraphVertex.class, InputPreProcessor.class, ILossFunction.class, IActivation.class)
                .flatMap(type -> ClassPath.concrete(type).stream())
                .filter(type ->
                        Unruled.all().keySet().stream().noneMatch(names -> names.contains(type.getSimpleName())))
                .forEach(classes::add);
        Stream.of(IUpdater.class, Regularization.class, LayerConstraint.class, IWeightNoise.class, IDropout.class)
                .flatMap(type -> ClassPath.concrete(type).stream())
                .forEach(classes::add);
        Set<String> fields = classes.stream()
                .flatMap(type -> Mutations.fields(type).stream())
                .map(Mutations::name)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                String.join("\n", fields),
                String.join("\n", ConfigFields.all().keySet()),
                "say of each field in ConfigFields what becomes of it");
    }

    @Test
    void whatIsReadIsFollowedAndWhatIsNotDoesNotMatter() {
        List<String> untrue = new ArrayList<>();
        ConfigFields.all().forEach((field, kind) -> {
            Map<Outcome, Integer> seen = SEEN.getOrDefault(field, Map.of());
            boolean followed = seen.containsKey(Outcome.FOLLOWED);
            boolean asListed =
                    switch (kind) {
                        case READ -> followed || READ_WITH_OTHERS_OF_ITS_NAME.contains(field);
                        case REFUSED -> seen.containsKey(Outcome.REFUSED) && !followed;
                        case START -> true;
                        default -> !followed;
                    };
            if (!asListed) {
                untrue.add(field + " is listed as " + kind + ": " + seen);
            }
        });
        assertEquals("", String.join("\n", untrue));
    }
}
