package dev.fastif.examples.bert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.fastif.core.Loss;
import dev.fastif.core.TestArrays;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The published BERT-base, where the environment variable FASTIF_ENCODERS names the folder that it was fetched into ({@code
 * encoders} in the {@code --work} folder), and its reader on a small model everywhere.
 */
class BertBaseTest {
    private static final BertConfig SMALL = new BertConfig(2, 8, 2, 12, 20, 16, BertConfig.NORM_EPSILON);
    private static final String PREDICTIONS = "module/cls/predictions/";

    @Test
    void everyParameterHasANameOfItsOwn() {
        Set<String> published = new HashSet<>();
        BertWeights.shapes(BertBase.CONFIG, true).keySet().forEach(name -> published.add(BertBase.published(name)));
        assertEquals(5 + 12 * 16 + 2, published.size());
        assertTrue(published.containsAll(Set.of(
                "module/bert/embeddings/token_type_embeddings",
                "module/bert/embeddings/LayerNorm/beta",
                "module/bert/encoder/layer_11/attention/self/value/kernel",
                "module/bert/encoder/layer_0/attention/output/LayerNorm/gamma",
                "module/bert/pooler/dense/bias")));
    }

    @Test
    void aSmallModelIsReadAsItWasWritten() throws IOException {
        Map<String, INDArray> expected = RandomBert.cast(RandomBert.weights(SMALL, 5), DataType.FLOAT);
        expected.keySet().removeIf(name -> name.startsWith("classifier"));
        BundleWriter writer = new BundleWriter();
        expected.forEach((name, array) -> writer.add(BertBase.published(name), array));
        writer.add(PREDICTIONS + "output_bias", Nd4j.zeros(DataType.FLOAT, 20));
        BertWeights weights =
                BertBase.weights(new TensorBundle(writer.index()), new ByteArrayInputStream(writer.data()), SMALL);
        assertEquals(expected, weights.parameters());
    }

    @Test
    void theTrainedPartHasThePapersSize() {
        BertWeights weights = published().weights();
        assertEquals(
                14_768_643,
                BertClassifier.of(BertBase.CONFIG, RandomBert.withClassifier(weights, 3), 2, 0.005)
                        .parameters()
                        .size());
    }

    /** The graph in a padded batch against loops in float64. */
    @Test
    void everyTokenStateIsThatOfThePlainForwardPass() {
        BertBase encoder = published();
        BertWeights weights = encoder.weights();
        try (PairTokenizer tokenizer = encoder.tokenizer(128)) {
            List<TokenIds> pairs = List.of(
                    tokenizer.encode("A man is eating unsalted food.", "Nobody eats."),
                    tokenizer.encode("Rain.", "The museum's café was closed on Monday, she said."));
            INDArray states = states(weights).outputs(TokenBatches.of(pairs, 1));
            for (int i = 0; i < pairs.size(); i++) {
                double[][] plain = new PlainBert(weights)
                        .tokenStates(pairs.get(i).ids(), pairs.get(i).segments());
                for (int t = 0; t < plain.length; t++) {
                    double difference = TestArrays.difference(
                            Nd4j.createFromArray(plain[t]), states.slice(i).slice(t));
                    assertEquals(0, difference, 1e-4, "pair " + i + ", token " + t);
                }
            }
        }
    }

    /** Knowledge that no other weights have, and no wrong reading of these: it guesses words that were left out. */
    @Test
    void knowsWhatWasMasked() throws IOException {
        BertBase encoder = published();
        List<String> words = encoder.vocabulary();
        MaskedWords head = new MaskedWords(encoder.weights());
        try (PairTokenizer tokenizer = encoder.tokenizer(128)) {
            assertEquals("paris", words.get(head.guess(tokenizer.encode("The capital of France is [MASK].", ""))));
            assertEquals(
                    "eat", words.get(head.guess(tokenizer.encode("We sat down at the table to [MASK] dinner.", ""))));
            assertEquals("not", words.get(head.guess(tokenizer.encode("It was too cold, so we did [MASK] swim.", ""))));
        }
    }

    @Test
    void tokenizesAsMiniLmDoes() {
        try (PairTokenizer ours = published().tokenizer(32);
                PairTokenizer miniLm = new MiniLm().tokenizer(32)) {
            for (String text : List.of(
                    "A man is eating unsalted food.",
                    "Café naïve [SEP] ÜBER 中文 e\u0301",
                    "don't  stop\t\n(now)! " + "antidisestablishmentarianism ".repeat(20),
                    "")) {
                assertEquals(miniLm.encode(text, "Nobody eats."), ours.encode(text, "Nobody eats."));
                assertEquals(miniLm.encode("So.", text), ours.encode("So.", text));
            }
        }
    }

    private static BertBase published() {
        String folder = System.getenv("FASTIF_ENCODERS");
        Path path = folder == null ? null : GoldenSet.startedIn().resolve(folder);
        if (path == null || !BertBase.isIn(path)) {
            String reason = "Skipped: FASTIF_ENCODERS names no folder with BERT-base in it;"
                    + " './fastif train --encoder bert-base --work DIR' makes one, DIR/encoders";
            System.out.println(reason);
            return abort(reason);
        }
        return BertBase.in(
                path,
                address -> {
                    throw new IOException("it is there");
                },
                (done, total) -> {});
    }

    /** All layers for all tokens; a graph wants something trained, so the last layer is. */
    private static GraphModel states(BertWeights weights) {
        Graph.Builder graph = Graph.builder(DataType.FLOAT);
        BertLayers layers = new BertLayers(
                graph, weights.config(), weights.parameters(), weights.config().layers() - 1);
        Node states = layers.embeddings();
        for (int layer = 0; layer < weights.config().layers(); layer++) {
            states = layers.layer(layer, states);
        }
        return GraphModel.builder(graph.build(), states, Loss.squaredError()).build();
    }

    /** The head that the encoder was pretrained with (Devlin et al. 2019), read from the same bundle. */
    private static final class MaskedWords {
        private static final int MASK = 103;

        private final PlainBert encoder;
        private final INDArray words;
        private final Map<String, INDArray> head;

        MaskedWords(BertWeights weights) throws IOException {
            encoder = new PlainBert(weights);
            words = weights.get("word.weight");
            try (ZipFile zip = new ZipFile(published().file().toFile());
                    InputStream index = zip.getInputStream(zip.getEntry("variables/variables.index"));
                    InputStream data = zip.getInputStream(zip.getEntry("variables/variables.data-00000-of-00001"))) {
                TensorBundle bundle = new TensorBundle(index.readAllBytes());
                head = bundle.read(
                        data,
                        bundle.names().stream()
                                .filter(name -> name.startsWith(PREDICTIONS))
                                .toList());
            }
        }

        int guess(TokenIds tokens) {
            int[] ids = tokens.ids();
            int place = 0;
            while (ids[place] != MASK) {
                place++;
            }
            INDArray state = Nd4j.createFromArray(encoder.tokenStates(ids, tokens.segments())[place])
                    .castTo(DataType.FLOAT)
                    .reshape(1, -1);
            INDArray x = state.mmul(part("transform/dense/kernel")).addiRowVector(part("transform/dense/bias"));
            x = x.mul(Transforms.sigmoid(x.mul(1.702))); // close enough to the exact GELU to rank words
            x = x.sub(x.meanNumber()).div(x.std(false, 1).getDouble(0));
            x = x.mulRowVector(part("transform/LayerNorm/gamma")).addiRowVector(part("transform/LayerNorm/beta"));
            INDArray scores = x.mmul(words.transpose()).addiRowVector(part("output_bias"));
            return scores.argMax(1).getInt(0);
        }

        private INDArray part(String name) {
            INDArray part = Objects.requireNonNull(head.get(PREDICTIONS + name), name);
            return name.endsWith("kernel") ? part : part.reshape(1, part.length());
        }
    }
}
