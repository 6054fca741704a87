package dev.fastif.hvp;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Loss;
import dev.fastif.core.Model;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.hvp.samediff.SameDiffModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Gives arrays of every type and layout to every kind of model, in a JVM of its own: what lies about in the wrong type and is
 * read by its address can end it. Each answer must be that to the same numbers in the model's type, or a refusal that names the
 * array.
 */
final class InputTypeProbe {
    private static final int N = 5;
    private static final int D = 48;
    private static final int C = 3;
    private static final List<DataType> TYPES = Arrays.stream(DataType.values())
            .filter(type -> type.isNumerical() || type == DataType.BOOL)
            .filter(type -> type != DataType.COMPRESSED && type != DataType.UNKNOWN)
            .toList();

    private InputTypeProbe() {}

    /** The same numbers, lying differently. */
    private static Map<String, UnaryOperator<INDArray>> layouts() {
        Map<String, UnaryOperator<INDArray>> layouts = new LinkedHashMap<>();
        layouts.put("dense", array -> array);
        layouts.put("columns first", array -> array.dup('f'));
        layouts.put("transposed", array -> array.permute(1, 0).dup('c').permute(1, 0));
        layouts.put("a part", array -> {
            INDArray whole = Nd4j.create(array.dataType(), array.size(0) + 3, array.size(1));
            INDArray part = whole.get(
                    org.nd4j.linalg.indexing.NDArrayIndex.interval(2, array.size(0) + 2),
                    org.nd4j.linalg.indexing.NDArrayIndex.all());
            part.assign(array);
            return part;
        });
        return layouts;
    }

    private static Map<String, Model> models() {
        Map<String, Model> models = new LinkedHashMap<>();
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            GraphModel graph = graph(type);
            models.put("graph " + type, graph);
            models.put("restricted " + type, graph.restrictedTo("v"));
            models.put("DL4J layers " + type, Dl4jModel.of(layers(type)));
            models.put("DL4J graph " + type, Dl4jModel.of(vertices(type)));
            models.put("SameDiff " + type, SameDiffModel.of(sameDiff(type)));
        }
        return models;
    }

    private static GraphModel graph(DataType type) {
        Graph.Builder builder = Graph.builder(type);
        INDArray w = Nd4j.rand(DataType.DOUBLE, D, 4).subi(0.5);
        INDArray v = Nd4j.rand(DataType.DOUBLE, 4, C).subi(0.5);
        Node hidden = builder.tanh(builder.linear(builder.input(Batch.FEATURES), builder.trainable("w", w)));
        Node outputs = builder.linear(hidden, builder.trainable("v", v));
        return GraphModel.builder(builder.build(), outputs, Loss.softmaxCrossEntropy())
                .features(hidden)
                .build();
    }

    private static MultiLayerNetwork layers(DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .list(dense(), output())
                .build());
        net.init();
        return net;
    }

    private static ComputationGraph vertices(DataType type) {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs("in")
                .addLayer("hidden", dense(), "in")
                .addLayer("out", output(), "hidden")
                .setOutputs("out")
                .build());
        net.init();
        return net;
    }

    private static DenseLayer dense() {
        return new DenseLayer.Builder()
                .nIn(D)
                .nOut(4)
                .activation(Activation.TANH)
                .build();
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(4)
                .nOut(C)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static SameDiff sameDiff(DataType type) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder(Batch.FEATURES, type, -1, D);
        SDVariable y = sd.placeHolder(Batch.LABELS, type, -1, C);
        SDVariable w = sd.var("w", Nd4j.rand(DataType.DOUBLE, D, 4).subi(0.5).castTo(type));
        SDVariable v = sd.var("v", Nd4j.rand(DataType.DOUBLE, 4, C).subi(0.5).castTo(type));
        SDVariable out = sd.math().tanh(x.mmul(w)).mmul(v);
        sd.setLossVariables(sd.loss().meanSquaredError("loss", y, out, null));
        return sd;
    }

    /** What is asked of a model. */
    private static Map<String, Function<Batch, INDArray>> questions(Model model) {
        INDArray direction = Nd4j.ones(
                        model.parameters().dataType(), model.parameters().size())
                .divi(7);
        Map<String, Function<Batch, INDArray>> questions = new LinkedHashMap<>();
        questions.put("outputs", model::outputs);
        questions.put("features", model::features);
        questions.put("losses", model::losses);
        questions.put("gradient", model::gradient);
        questions.put("hessianVectorProduct", batch -> model.hessianVectorProduct(batch, direction));
        questions.put("gaussNewtonProducts", batch -> model.gaussNewtonProducts(batch, List.of(direction))
                .get(0));
        questions.put("directionalDerivatives", batch -> model.directionalDerivatives(batch, direction));
        questions.put("three steps", batch -> steps(model, batch, direction));
        return questions;
    }

    private static INDArray steps(Model model, Batch batch, INDArray direction) {
        INDArray x = direction.dup();
        try (Iteration<Batch> iteration =
                model.iteration(CurvatureMatrix.GAUSS_NEWTON, List.of(x), 0.9, -0.1, List.of(direction))) {
            for (int i = 0; i < 3; i++) {
                iteration.step(batch);
            }
        }
        return x;
    }

    private static Batch batch(INDArray features, INDArray labels) {
        return Batch.of(features, labels);
    }

    public static void main(String[] args) {
        Nd4j.getRandom().setSeed(3);
        List<String> failures = new ArrayList<>();
        int[] asked = {0};
        models().forEach((name, model) -> {
            INDArray features = Nd4j.rand(DataType.DOUBLE, N, D).muli(2).castTo(DataType.INT32);
            INDArray labels = Nd4j.create(DataType.DOUBLE, N, C);
            for (int i = 0; i < N; i++) {
                labels.putScalar(i, i % C, 1);
            }
            DataType own = model.parameters().dataType();
            Batch plain = batch(features.castTo(own), labels.castTo(own));
            questions(model).forEach((question, ask) -> {
                INDArray expected = ask.apply(plain);
                for (DataType type : TYPES) {
                    layouts().forEach((layout, lying) -> {
                        Batch given = batch(lying.apply(features.castTo(type)), lying.apply(labels.castTo(type)));
                        String what = name + ", " + question + " of " + type + ", " + layout;
                        asked[0]++;
                        try {
                            INDArray found = ask.apply(given);
                            double error = found.castTo(DataType.DOUBLE)
                                    .sub(expected.castTo(DataType.DOUBLE))
                                    .norm2Number()
                                    .doubleValue();
                            double size = expected.norm2Number().doubleValue();
                            if (found.dataType() != own || !(error <= (own == DataType.FLOAT ? 1e-5 : 1e-12) * size)) {
                                failures.add(what + ": error " + error + " of " + size + ", type " + found.dataType());
                            }
                        } catch (IllegalArgumentException e) {
                            if (!String.valueOf(e.getMessage()).contains("'")) {
                                failures.add(what + ": a refusal that names nothing: " + e.getMessage());
                            }
                        } catch (RuntimeException e) {
                            failures.add(what + ": " + e);
                        }
                    });
                }
            });
        });
        failures.stream().limit(20).forEach(System.out::println);
        System.out.println(
                failures.isEmpty() ? "all " + asked[0] + " held" : failures.size() + " of " + asked[0] + " failed");
    }
}
