package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * Every layer, wrapper and vertex that has parameters, with each kind of penalty: what a step of DL4J's training takes more than
 * without the penalty is the regularizer's gradient.
 */
class PenaltiesOfLayersTest {
    private static final double RATE = 0.05;

    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    private static Map<String, List<Regularization>> penalties() {
        Map<String, List<Regularization>> all = new LinkedHashMap<>();
        all.put("L2", List.of(new L2Regularization(0.3)));
        all.put("L1", List.of(new L1Regularization(0.2)));
        all.put("L1 and L2", List.of(new L1Regularization(0.1), new L2Regularization(0.3)));
        all.put("decay", List.of(new WeightDecay(0.3, true)));
        all.put("decay without the rate", List.of(new WeightDecay(0.01, false)));
        return all;
    }

    /** A penalty and an updater; their names. */
    record Trained(String name, List<Regularization> penalties, IUpdater updater) {
        double rate() {
            return updater instanceof NoOp ? 1 : RATE;
        }

        /** Sets what is of this kind in layers or a configuration. */
        <C> C into(C configuration) {
            C copy = Mutations.copy(configuration);
            for (Mutations.Site site : Mutations.sites(copy)) {
                switch (site.field().getName()) {
                    case "regularization", "regularizationBias" -> site.set(new ArrayList<>(penalties));
                    case "iUpdater", "updater", "biasUpdater" -> site.set(updater.clone());
                    default -> {}
                }
            }
            return copy;
        }

        Trained without() {
            return new Trained(name, List.of(), updater);
        }
    }

    static List<Trained> kinds() {
        List<Trained> all = new ArrayList<>();
        penalties().forEach((name, each) -> all.add(new Trained(name + ", Sgd", each, new Sgd(RATE))));
        List<Regularization> last = List.of(new WeightDecay(0.01, false));
        all.add(new Trained("decay without the rate, NoOp", last, new NoOp()));
        return all;
    }

    static Stream<Sample> samples() {
        return Nets.all().stream();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void ofLayersAreWhatAStepTakes(Sample sample) {
        Batch batch = sample.batches().get(0);
        INDArray theta = sample.net(DataType.DOUBLE).params().dup();
        for (Trained kind : kinds()) {
            MultiLayerNetwork net = net(sample, kind, theta);
            Dl4jModel model = Dl4jModel.of(net.clone());
            INDArray start = model.parameterValues();
            MultiLayerNetwork without = net(sample, kind.without(), theta);
            for (MultiLayerNetwork each : List.of(net, without)) {
                each.fit(new DataSet(batch.get(Batch.FEATURES).dup(), batch.get(Batch.LABELS)));
            }
            require(kind, model, start, net.paramTable(), without.paramTable());
        }
    }

    private static MultiLayerNetwork net(Sample sample, Trained kind, INDArray theta) {
        List<Layer> layers = kind.into(sample.layers());
        MultiLayerNetwork net =
                new Sample(sample.name(), layers, sample.input(), sample.batches()).net(DataType.DOUBLE);
        net.setParams(theta.dup());
        return net;
    }

    static Stream<VerticesTest.Case> vertices() {
        return VerticesTest.cases()
                .filter(each ->
                        each.name().startsWith("AttentionVertex") && each.name().contains("projectInput=true"));
    }

    @ParameterizedTest
    @MethodSource("vertices")
    void ofVerticesAreWhatAStepTakes(VerticesTest.Case tried) {
        Batch batch = tried.batch();
        INDArray theta = tried.net().params().dup();
        MultiDataSet data = new MultiDataSet(
                new INDArray[] {batch.get("features"), batch.get("features.1")},
                new INDArray[] {batch.get("labels"), batch.get("labels.1")});
        for (Trained kind : kinds()) {
            ComputationGraph net = net(kind.into(tried.net().getConfiguration()), theta);
            Dl4jModel model = Dl4jModel.of(net);
            INDArray start = model.parameterValues();
            ComputationGraph without = net(kind.without().into(tried.net().getConfiguration()), theta);
            net.fit(data);
            without.fit(data);
            require(kind, model, start, net.paramTable(), without.paramTable());
        }
    }

    private static ComputationGraph net(ComputationGraphConfiguration configuration, INDArray theta) {
        ComputationGraph net = new ComputationGraph(configuration);
        net.init();
        net.setParams(theta.dup());
        return net;
    }

    private static void require(
            Trained kind,
            Dl4jModel model,
            INDArray theta,
            Map<String, INDArray> stepped,
            Map<String, INDArray> without) {
        ParameterLayout layout = model.parameters();
        INDArray taken = Nd4j.create(DataType.DOUBLE, layout.size());
        layout.names().forEach(name -> {
            INDArray view = layout.view(taken, name);
            INDArray more = array(without, name).sub(array(stepped, name)).divi(kind.rate());
            view.assign(more.dup('c').reshape('c', view.shape()));
        });
        INDArray penalty = taken.ulike().assign(0);
        model.regularizer().addGradient(layout, theta, penalty);
        layout.names()
                .forEach(name -> assertEquals(
                        0,
                        TestArrays.difference(layout.view(taken, name), layout.view(penalty, name)),
                        1e-9,
                        () -> kind.name + ", " + name + ": " + layout.view(taken, name) + " is taken, not "
                                + layout.view(penalty, name)));
        assertTrue(TestArrays.largest(penalty) > 0.001, "there is a penalty");
    }

    private static INDArray array(Map<String, INDArray> parameters, String name) {
        return Objects.requireNonNull(parameters.get(name), name);
    }
}
