package dev.fastif.examples.bert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Loss;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our graph of MiniLM, in padded batches, against onnxruntime running the published file, one sentence at a time: every
 * state of every token of 100 sentences. They are MultiNLI's if the environment variable FASTIF_DATA names a folder with
 * {@code mnli/train.tsv}, else made up.
 */
class EncoderOnnxTest {
    private static final Logger LOG = LoggerFactory.getLogger(EncoderOnnxTest.class);
    private static final int SENTENCES = 100;
    private static final int BATCH = 20;
    private static final double BOUND = 1e-4;

    @Test
    void everyTokenStateEqualsOnnxruntimes() throws IOException {
        GraphModel encoder = encoder();
        double worst = 0;
        try (PairTokenizer tokenizer = PairTokenizer.open();
                OnnxEncoder onnx = new OnnxEncoder()) {
            List<TokenIds> sequences = sentences().stream()
                    .map(sentence -> tokenizer.encode(sentence, ""))
                    .sorted(Comparator.comparingInt(TokenIds::length))
                    .toList();
            for (int start = 0; start < SENTENCES; start += BATCH) {
                List<TokenIds> batch = sequences.subList(start, start + BATCH);
                INDArray states = encoder.outputs(TokenBatches.of(batch, 1));
                for (int i = 0; i < BATCH; i++) {
                    float[][] expected =
                            onnx.tokenStates(batch.get(i).ids(), batch.get(i).segments());
                    worst = Math.max(worst, distance(expected, states.slice(i).toFloatMatrix()));
                }
            }
        }
        LOG.debug("token states differ by at most {}", worst);
        assertEquals(0, worst, BOUND);
    }

    /** The largest difference over the real tokens; beyond them there is padding. */
    private static double distance(float[][] expected, float[][] padded) {
        assertTrue(expected.length < padded.length);
        double worst = 0;
        for (int t = 0; t < expected.length; t++) {
            assertEquals(expected[t].length, padded[t].length);
            for (int i = 0; i < expected[t].length; i++) {
                // Math.max keeps a NaN, which no bound admits
                worst = Math.max(worst, Math.abs((double) expected[t][i] - padded[t][i]));
            }
        }
        return worst;
    }

    /** All layers for all tokens; a graph wants something trained, so the last layer is. */
    private static GraphModel encoder() {
        BertWeights weights = new MiniLm().weights();
        BertConfig config = weights.config();
        Graph.Builder graph = Graph.builder(DataType.FLOAT);
        BertLayers layers = new BertLayers(graph, config, weights.parameters(), config.layers() - 1);
        Node states = layers.embeddings();
        for (int layer = 0; layer < config.layers(); layer++) {
            states = layers.layer(layer, states);
        }
        return GraphModel.builder(graph.build(), states, Loss.squaredError()).build();
    }

    private static List<String> sentences() throws IOException {
        String data = System.getenv("FASTIF_DATA");
        if (data != null && !data.isBlank()) {
            Path file = GoldenSet.startedIn().resolve(data).resolve("mnli").resolve("train.tsv");
            if (Files.isRegularFile(file)) {
                System.out.println("EncoderOnnxTest reads real sentences from " + file);
                return mnli(file);
            }
        }
        System.out.println("EncoderOnnxTest makes up its sentences: FASTIF_DATA names no folder with mnli/train.tsv");
        return madeUp(new Random(17));
    }

    /** Premises from all over the file. */
    private static List<String> mnli(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int column = Arrays.asList(lines.get(0).split("\t", -1)).indexOf("sentence1");
        int step = (lines.size() - 1) / SENTENCES;
        return IntStream.range(0, SENTENCES)
                .mapToObj(i -> lines.get(1 + i * step).split("\t", -1)[column])
                .toList();
    }

    private static List<String> madeUp(Random random) {
        List<String> people =
                List.of("The gardener", "A retired pilot", "My neighbour's cat", "Nobody", "Zoë", "Dr. Okafor");
        List<String> deeds = List.of("painted", "couldn't find", "sold", "has often described", "re-read", "ignored");
        List<String> things =
                List.of("the blue door", "an unsigned letter", "3,000 bricks", "his grandmother's clock", "it");
        List<String> ends = List.of("before dawn", "in Ljubljana", "— to everyone's surprise —", "for $12.50", "");
        return Stream.generate(() -> {
                    int clauses = 1 + random.nextInt(4);
                    String text = IntStream.range(0, clauses)
                            .mapToObj(i -> String.join(
                                    " ",
                                    pick(people, random),
                                    pick(deeds, random),
                                    pick(things, random),
                                    pick(ends, random)))
                            .reduce((a, b) -> a + ", while " + b.toLowerCase(Locale.ROOT))
                            .orElseThrow();
                    return text.strip() + (random.nextBoolean() ? "." : "?!");
                })
                .limit(SENTENCES)
                .toList();
    }

    private static String pick(List<String> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
