package dev.fastif.examples.bert;

import static dev.fastif.golden.RelativeError.assertWithin;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.core.Batch;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What must not matter: how examples are batched, how far they are padded, in which order candidates stand, that a question
 * was asked before, and which layers besides are trained. A small random BERT on random sequences of unlike length.
 */
class InvarianceTest {
    private static final double SAME = 1e-5;

    private static final BertConfig CONFIG = new BertConfig(3, 16, 4, 24, 50, 20, BertConfig.NORM_EPSILON);

    private static final Examples EXAMPLES = Examples.random(14, 5);

    private static final Batch TEST_POINT = Examples.random(1, 6).all();

    /** Both precisions. Rounding is all that may differ: in double far less than {@link #SAME} is asked for. */
    private enum Precision {
        FLOAT(DataType.FLOAT, SAME),
        DOUBLE(DataType.DOUBLE, 1e-12);

        private final DataType type;
        private final double bound;

        Precision(DataType type, double bound) {
            this.type = type;
            this.bound = bound;
        }
    }

    @ParameterizedTest
    @EnumSource
    void batchSize(Precision precision) {
        GraphModel model = model(precision, 2);
        INDArray direction = RandomBert.direction(model, 1);
        int n = EXAMPLES.size();
        List<Batch> alone =
                IntStream.range(0, n).mapToObj(i -> EXAMPLES.batch(i)).toList();
        Batch all = EXAMPLES.all();
        assertWithin(precision.bound, concat(alone.stream().map(model::losses)), model.losses(all), "losses");
        assertWithin(precision.bound, concat(alone.stream().map(model::features)), model.features(all), "features");
        assertWithin(
                precision.bound,
                concat(alone.stream().map(batch -> model.directionalDerivatives(batch, direction))),
                model.directionalDerivatives(all, direction),
                "directional derivatives");
        assertWithin(precision.bound, mean(alone.stream().map(model::gradient)), model.gradient(all), "gradient");
        assertWithin(
                precision.bound,
                mean(alone.stream().map(batch -> model.hessianVectorProduct(batch, direction))),
                model.hessianVectorProduct(all, direction),
                "HVP");
    }

    @ParameterizedTest
    @EnumSource
    void paddingLength(Precision precision) {
        GraphModel model = model(precision, 2);
        INDArray direction = RandomBert.direction(model, 1);
        Batch batch = EXAMPLES.all();
        Batch padded = EXAMPLES.padded(6).all();
        assertEquals(
                6,
                padded.get(BertClassifier.IDS).size(1)
                        - batch.get(BertClassifier.IDS).size(1));
        assertWithin(precision.bound, model.losses(batch), model.losses(padded), "losses");
        assertWithin(precision.bound, model.features(batch), model.features(padded), "features");
        assertWithin(
                precision.bound,
                model.directionalDerivatives(batch, direction),
                model.directionalDerivatives(padded, direction),
                "directional derivatives");
        assertWithin(precision.bound, model.gradient(batch), model.gradient(padded), "gradient");
        assertWithin(
                precision.bound,
                model.hessianVectorProduct(batch, direction),
                model.hessianVectorProduct(padded, direction),
                "HVP");
    }

    @ParameterizedTest
    @EnumSource
    void batchingAndPaddingOfTheTrainingSet(Precision precision) {
        GraphModel model = model(precision, 1);
        INDArray expected = influences(model, EXAMPLES, EXAMPLES.ids());
        assertWithin(
                precision.bound,
                expected,
                influences(model, EXAMPLES.padded(6), EXAMPLES.ids()),
                "when padded further");
        assertWithin(precision.bound, expected, influences(model, EXAMPLES.oneByOne(), EXAMPLES.ids()), "one by one");
    }

    @ParameterizedTest
    @EnumSource
    void orderAndRepetitionOfCandidates(Precision precision) {
        GraphModel model = model(precision, 1);
        INDArray inOrder = influences(model, EXAMPLES, EXAMPLES.ids());
        int[] shuffled = {7, 3, 13, 3, 0, 12, 1, 7, 7, 5, 10, 2};
        INDArray expected = Nd4j.createFromArray(
                Arrays.stream(shuffled).mapToDouble(inOrder::getDouble).toArray());
        assertWithin(precision.bound, expected, influences(model, EXAMPLES, shuffled), "influences in another order");
    }

    @ParameterizedTest
    @EnumSource
    void repetitionOfTheQuery(Precision precision) {
        GraphModel model = model(precision, 1);
        try (InfluenceEngine engine = engine(model, EXAMPLES)) {
            InfluenceResult first = engine.topK(TEST_POINT, 4);
            engine.topK(EXAMPLES.batch(2), 4);
            engine.influences(TEST_POINT, 3);
            InfluenceResult again = engine.topK(TEST_POINT, 4);
            assertEquals(ids(first.helpful()), ids(again.helpful()));
            assertEquals(ids(first.harmful()), ids(again.harmful()));
            assertWithin(precision.bound, values(first.scored()), values(again.scored()), "influences");
        }
    }

    /** Parameters that are trained either way: the same gradient, and along them alone the same second derivatives. */
    @ParameterizedTest
    @EnumSource
    void trainedLayers(Precision precision) {
        Batch batch = EXAMPLES.all();
        GraphModel most = model(precision, CONFIG.layers());
        for (int layers = 0; layers < CONFIG.layers(); layers++) {
            GraphModel fewer = model(precision, layers);
            INDArray direction = RandomBert.direction(fewer, 1);
            INDArray longer = Nd4j.create(precision.type, most.parameters().size());
            fewer.parameters().names().forEach(name -> most.parameters()
                    .view(longer, name)
                    .assign(fewer.parameters().view(direction, name)));
            String trained = " with " + layers + " layers trained";
            assertWithin(precision.bound, most.losses(batch), fewer.losses(batch), "losses" + trained);
            assertWithin(
                    precision.bound,
                    most.directionalDerivatives(batch, longer),
                    fewer.directionalDerivatives(batch, direction),
                    "directional derivatives" + trained);
            assertWithin(
                    precision.bound,
                    shared(most, most.gradient(batch), fewer),
                    fewer.gradient(batch),
                    "the gradient" + trained);
            assertWithin(
                    precision.bound,
                    shared(most, most.hessianVectorProduct(batch, longer), fewer),
                    fewer.hessianVectorProduct(batch, direction),
                    "the HVP" + trained);
        }
    }

    /** The part of a vector that belongs to the parameters of a model that trains fewer. */
    private static INDArray shared(GraphModel most, INDArray vector, GraphModel fewer) {
        INDArray part = Nd4j.create(vector.dataType(), fewer.parameters().size());
        fewer.parameters().names().forEach(name -> fewer.parameters()
                .view(part, name)
                .assign(most.parameters().view(vector, name)));
        return part;
    }

    private static GraphModel model(Precision precision, int trainableLayers) {
        return BertClassifier.of(
                CONFIG, RandomBert.cast(RandomBert.weights(CONFIG, 3), precision.type), trainableLayers, 0.01);
    }

    private static InfluenceEngine engine(GraphModel model, TrainingSet trainingSet) {
        return InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(
                        ConjugateGradient.builder().damping(100).tolerance(1e-6).build())
                .build();
    }

    private static INDArray influences(GraphModel model, TrainingSet trainingSet, int... ids) {
        try (InfluenceEngine engine = engine(model, trainingSet)) {
            return values(engine.influences(TEST_POINT, ids));
        }
    }

    private static INDArray values(List<Influence> influences) {
        return Nd4j.createFromArray(
                influences.stream().mapToDouble(Influence::value).toArray());
    }

    private static List<Integer> ids(List<Influence> influences) {
        return influences.stream().map(Influence::id).toList();
    }

    private static INDArray concat(Stream<INDArray> parts) {
        return Nd4j.concat(0, parts.toArray(INDArray[]::new));
    }

    private static INDArray mean(Stream<INDArray> vectors) {
        return Nd4j.vstack(vectors.toArray(INDArray[]::new)).mean(0);
    }

    /** Random sequences of unlike length, with random labels. */
    private record Examples(List<TokenIds> sequences, List<Integer> labels, int padding, int lengthOfEach)
            implements TrainingSet {
        static Examples random(int size, long seed) {
            Random random = new Random(seed);
            List<TokenIds> sequences = new ArrayList<>();
            List<Integer> labels = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                int tokens = 3 + random.nextInt(8);
                int second = 2 + random.nextInt(tokens - 2);
                sequences.add(new TokenIds(
                        random.ints(tokens, 0, CONFIG.vocabulary()).toArray(),
                        IntStream.range(0, tokens).map(t -> t < second ? 0 : 1).toArray()));
                labels.add(random.nextInt(RandomBert.CLASSES));
            }
            return new Examples(sequences, labels, 0, 0);
        }

        /** The same, each batch padded further by this many tokens. */
        Examples padded(int more) {
            return new Examples(sequences, labels, more, lengthOfEach);
        }

        /** The same, but said to be so long that no two of them go into one batch. */
        Examples oneByOne() {
            return new Examples(sequences, labels, padding, 1 << 20);
        }

        @Override
        public int size() {
            return sequences.size();
        }

        @Override
        public int length(int id) {
            return lengthOfEach > 0 ? lengthOfEach : sequences.get(id).length();
        }

        @Override
        public Batch batch(int... ids) {
            return TokenBatches.of(
                    Arrays.stream(ids).mapToObj(sequences::get).toList(),
                    padding,
                    Arrays.stream(ids).map(labels::get).toArray());
        }

        int[] ids() {
            return IntStream.range(0, size()).toArray();
        }

        Batch all() {
            return batch(ids());
        }
    }
}
