package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The part of a model that depends on no trainable parameter. Its values at the frontier, where the trainable part
 * begins, never change: they are evaluated once per example, by {@code frozen.FrozenActivations} for a whole training set.
 *
 * <p>Immutable and thread-safe.
 */
public final class FrozenPart {
    private final Graph graph;
    private final Map<Node, String> frontier;
    private final ParameterViews parameters;

    FrozenPart(Graph graph, List<Node> frontier, ParameterViews parameters) {
        this.graph = graph;
        this.frontier = names(graph, frontier);
        this.parameters = parameters;
    }

    /** Names that no input has: the graph may be what was left when a part of it was frozen before. */
    static Map<Node, String> names(Graph graph, List<Node> frontier) {
        Map<Node, String> names = new LinkedHashMap<>();
        int number = 0;
        for (Node node : frontier) {
            while (graph.hasInput("frozen." + number)) {
                number++;
            }
            names.put(node, "frozen." + number++);
        }
        return names;
    }

    /** The names of the arrays that {@link #apply} adds. */
    public List<String> names() {
        return List.copyOf(frontier.values());
    }

    /** Returns the batch with the values at the frontier, {@link #names()}, each [n, ...]. */
    public Batch apply(Batch batch) {
        Batch result = batch;
        for (Map.Entry<Node, String> end : frontier.entrySet()) {
            // frontier values are few (one for a transformer); what they share is computed for each
            INDArray value = GraphModel.inSession(
                    graph, session -> new Pass(session, parameters, batch, end.getKey(), List.of()).output());
            result = result.with(end.getValue(), value);
        }
        return result;
    }

    /** A hash over the frozen operations and parameters that the frontier depends on: the same part, the same activations. */
    public String fingerprint() {
        MessageDigest digest = sha256();
        for (Node end : frontier.keySet()) {
            boolean[] ancestors = graph.ancestorsOf(end);
            for (Node node : graph.nodes()) {
                if (ancestors[node.index]) {
                    update(digest, node.operation + " of " + node.inputs);
                    node.parameters.forEach(parameter -> update(digest, parameter));
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static void update(MessageDigest digest, Parameter parameter) {
        update(digest, parameter.name());
        ByteBuffer bytes = parameter.initial.data().asNio();
        digest.update(bytes.duplicate());
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
