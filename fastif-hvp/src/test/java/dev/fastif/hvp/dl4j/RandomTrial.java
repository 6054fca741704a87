package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network that chance puts together and a batch that DL4J can score: what the model says of it is compared with DL4J's
 * scores, with central differences of these along directions and coordinates, and with those of the model's gradient.
 */
final class RandomTrial {
    /** How often to draw anew where DL4J does not take what was drawn. */
    private static final int ATTEMPTS = 200;

    private static final int DIRECTIONS = 2;
    private static final int COORDINATES = 2;
    private static final double[] STEPS = {1e-6, 1e-7};
    private static final double[] STEPS_OF_GRADIENTS = {1e-5, 1e-6};

    /** ND4J keeps the constants of some functions in single precision; logarithms of what is near 0 show it most. */
    private static final double LOSSES = 2e-7;

    private static final double SLOPES = 2e-6;
    private static final double OF_HARD_SIGMOID = 50;

    private final String description;
    private final Gradients net;
    private final Supplier<Dl4jModel> maker;
    private final Batch batch;
    private final RandomPenalty penalty;

    private RandomTrial(
            String description, Gradients net, Supplier<Dl4jModel> maker, Batch batch, RandomPenalty penalty) {
        this.description = description;
        this.net = net;
        this.maker = maker;
        this.batch = batch;
        this.penalty = penalty;
    }

    /** The trial of a seed. */
    static RandomTrial of(long seed) {
        RuntimeException last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                RandomTrial drawn = drawn(new Chance(seed * ATTEMPTS + attempt));
                INDArray scores = drawn.scores();
                if (Arrays.stream(scores.toDoubleVector()).allMatch(score -> Math.abs(score) < 1e4)) {
                    return drawn;
                }
            } catch (RuntimeException e) {
                last = e;
            }
        }
        throw new IllegalStateException("DL4J takes none of the networks of seed " + seed, last);
    }

    private static RandomTrial drawn(Chance chance) {
        RandomNet structure = RandomNet.drawn(chance);
        RandomBatch data = new RandomBatch(chance);
        RandomPenalty penalty = RandomPenalty.drawn(chance);
        List<RandomNet.Input> inputs = List.copyOf(structure.inputs().values());
        NeuralNetConfiguration.Builder configuration = penalty.configuration();
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        data.addFeatures(inputs, arrays);
        INDArray[] features = arrays.values().stream().map(INDArray::dup).toArray(INDArray[]::new);
        Gradients net;
        Supplier<Dl4jModel> maker;
        INDArray[] outputs;
        if (structure.isChain()) {
            MultiLayerNetwork layers = structure.layers(configuration);
            net = new Gradients.OfLayers(layers);
            maker = () -> Dl4jModel.of(layers);
            data.shake(net.parameters());
            outputs = new INDArray[] {layers.output(features[0])};
        } else {
            ComputationGraph graph = structure.graph(configuration);
            net = new Gradients.OfGraph(graph);
            maker = () -> Dl4jModel.of(graph);
            data.shake(net.parameters());
            outputs = graph.output(features);
        }
        data.addMasks(inputs, arrays);
        data.addLabels(structure.heads(), outputs, arrays);
        return new RandomTrial(structure + "\n  " + penalty + described(arrays), net, maker, Batch.of(arrays), penalty);
    }

    private static String described(Map<String, INDArray> arrays) {
        StringBuilder text = new StringBuilder();
        arrays.forEach((name, array) -> text.append("\n  ")
                .append(name)
                .append(": ")
                .append(array.dataType())
                .append(Arrays.toString(array.shape()))
                .append(name.contains("Mask") ? array.toString().replaceAll("\\s+|(?<=\\d)\\.?0+(?=[,\\]])", "") : ""));
        return text.toString();
    }

    /** Compares; throws IllegalArgumentException where the model refuses, AssertionError where it differs. */
    void run() {
        // all of ours first: a model does not outlive a change of its network
        Dl4jModel model = maker.get();
        ParameterLayout layout = model.parameters();
        INDArray losses = model.losses(batch);
        INDArray gradient = model.gradient(batch);
        INDArray[] directions = directions(layout.size());
        INDArray[] derivatives = new INDArray[directions.length];
        Arrays.setAll(derivatives, i -> model.directionalDerivatives(batch, directions[i]));
        INDArray product = model.hessianVectorProduct(batch, directions[0]);
        INDArray theta = model.parameterValues();
        penalty.require(model, net, description);

        double rounding = description.contains("hardsigmoid") ? OF_HARD_SIGMOID : 1;
        INDArray scores = scores();
        Oracle.assertClose(scores, losses, rounding * LOSSES);
        double noise = rounding * 1e-9 * Math.max(1, TestArrays.largest(scores));
        for (int i = 0; i < directions.length; i++) {
            INDArray v = directions[i];
            INDArray derivative = derivatives[i];
            requireSlope(
                    STEPS,
                    step -> difference(layout, theta, v, step, this::scores),
                    "losses",
                    derivative,
                    noise,
                    rounding * SLOPES);
            double sum = derivative.sumNumber().doubleValue();
            double slope = gradient.mul(v).sumNumber().doubleValue() * batch.size();
            assertEquals(
                    sum, slope, 1e-9 * Math.max(1e-3, derivative.norm1Number().doubleValue()), "the gradient");
        }
        double steep = 1e-10 * Math.max(1, TestArrays.largest(gradient));
        requireSlope(
                STEPS_OF_GRADIENTS,
                step -> difference(
                        layout, theta, directions[0], step, () -> maker.get().gradient(batch)),
                "gradient",
                product,
                steep,
                SLOPES);
    }

    /** Some of all parameters, and single parameters. */
    private static INDArray[] directions(long size) {
        INDArray[] directions = new INDArray[DIRECTIONS + COORDINATES];
        Arrays.setAll(
                directions,
                i -> i < DIRECTIONS
                        ? TestArrays.normal(i, size)
                        : Nd4j.zeros(DataType.DOUBLE, size)
                                .putScalar((i - DIRECTIONS) * (size - 1) / Math.max(1, COORDINATES - 1), 1));
        return directions;
    }

    private INDArray scores() {
        return description.contains("LossMAE") ? Scores.alone(net, batch) : Scores.together(net, batch);
    }

    /** A smaller step where the larger one may have crossed a kink, or a sharp bend. */
    private static void requireSlope(
            double[] steps,
            Function<Double, INDArray> slope,
            String of,
            INDArray found,
            double noise,
            double tolerance) {
        double least = Double.MAX_VALUE;
        INDArray nearest = found;
        double allowed = 0;
        for (double step : steps) {
            INDArray expected = slope.apply(step).reshape(found.shape());
            double difference = TestArrays.difference(expected, found);
            allowed = noise + tolerance * Math.max(1e-3, TestArrays.largest(expected));
            if (difference <= allowed) {
                return;
            }
            if (difference < least) {
                least = difference;
                nearest = expected;
            }
        }
        throw new AssertionError(
                "the slope of the " + of + " is\n" + found + "\nnot\n" + nearest + "\nby " + least + " > " + allowed);
    }

    private INDArray difference(
            ParameterLayout layout, INDArray theta, INDArray v, double step, Supplier<INDArray> quantity) {
        try {
            move(layout, theta.add(v.mul(step)));
            INDArray up = quantity.get();
            move(layout, theta.sub(v.mul(step)));
            return up.sub(quantity.get()).divi(2 * step);
        } finally {
            move(layout, theta);
        }
    }

    private void move(ParameterLayout layout, INDArray to) {
        layout.names().forEach(name -> {
            INDArray target = Objects.requireNonNull(net.parameters().get(name), name);
            target.assign(layout.view(to, name).reshape('c', target.shape()));
        });
    }

    @Override
    public String toString() {
        return description;
    }
}
