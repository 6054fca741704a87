package dev.fastif.examples.bert;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters of a BERT encoder under this project's names, in a fixed order.
 *
 * <p>A matrix is {@code [in, out]}: a dense layer is {@code y = x W + b} with one token a row. The names, with
 * {@code L} = 0, 1, ...:
 *
 * <ul>
 *   <li>{@code word.weight [vocabulary, hidden]}, {@code position.weight [positions, hidden]},
 *       {@code segment.weight [2, hidden]}, {@code norm.weight}, {@code norm.bias [hidden]};
 *   <li>{@code layers.L.query}, {@code .key}, {@code .value}, {@code .attn_out}: {@code .weight [hidden, hidden]},
 *       {@code .bias [hidden]}; {@code layers.L.attn_norm.weight}, {@code .bias [hidden]};
 *   <li>{@code layers.L.inter.weight [hidden, intermediate]}, {@code .bias [intermediate]}; {@code layers.L.out.weight
 *       [intermediate, hidden]}, {@code .bias [hidden]}; {@code layers.L.out_norm.weight}, {@code .bias [hidden]};
 *   <li>{@code pooler.weight [hidden, hidden]}, {@code pooler.bias [hidden]}, where the model was published with them.
 * </ul>
 *
 * <p>The set of parameters is fixed; the arrays are the ones given, not copies (a base-size model has 440 MB of them).
 * They are float32, C order and dense. Whoever shares them must not write to them; read so, this class is thread-safe.
 */
public final class BertWeights {

    private static final String POOLER = "pooler";

    private final BertConfig config;
    private final Map<String, INDArray> parameters;

    /**
     * Takes the arrays over, in canonical order whatever the map's own.
     *
     * @param config the sizes
     * @param parameters every canonical name with its array; the two pooler parameters may be left out together
     * @throws IllegalArgumentException if a name is missing or unknown, or an array has another shape, is not float32,
     *     or is a view
     */
    public BertWeights(BertConfig config, Map<String, INDArray> parameters) {
        this.config = Objects.requireNonNull(config, "config");
        Map<String, long[]> shapes =
                shapes(config, parameters.keySet().stream().anyMatch(name -> name.startsWith(POOLER)));
        requireSameNames(shapes.keySet(), parameters.keySet());
        Map<String, INDArray> ordered = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> {
            INDArray array = Objects.requireNonNull(parameters.get(name), name);
            requireArray(name, array, shape);
            ordered.put(name, array);
        });
        this.parameters = Collections.unmodifiableMap(ordered);
    }

    /**
     * {@return the sizes}
     */
    public BertConfig config() {
        return config;
    }

    /**
     * {@return every parameter by name, in the order of the class comment; unmodifiable, the arrays shared}
     */
    public Map<String, INDArray> parameters() {
        return parameters;
    }

    /**
     * Looks one parameter up.
     *
     * @param name a canonical name
     * @return its array, float32, shared
     * @throws IllegalArgumentException if the model has no parameter of that name
     */
    public INDArray get(String name) {
        INDArray array = parameters.get(name);
        if (array == null) {
            throw new IllegalArgumentException("No parameter '" + name + "' among " + parameters.keySet());
        }
        return array;
    }

    /**
     * {@return whether the model was published with its pooler}
     */
    public boolean hasPooler() {
        return parameters.containsKey(POOLER + ".weight");
    }

    @Override
    public String toString() {
        long count = parameters.values().stream().mapToLong(INDArray::length).sum();
        return "BertWeights[" + config + ", " + count + " parameters in " + parameters.size() + " arrays]";
    }

    /** The canonical names in order, each with the shape the sizes ask for. */
    static Map<String, long[]> shapes(BertConfig config, boolean pooler) {
        Shapes shapes = new Shapes();
        int hidden = config.hidden();
        shapes.matrix("word", config.vocabulary(), hidden);
        shapes.matrix("position", config.positions(), hidden);
        shapes.matrix("segment", BertConfig.SEGMENTS, hidden);
        shapes.norm("norm", hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "layers." + layer + ".";
            shapes.dense(prefix + "query", hidden, hidden);
            shapes.dense(prefix + "key", hidden, hidden);
            shapes.dense(prefix + "value", hidden, hidden);
            shapes.dense(prefix + "attn_out", hidden, hidden);
            shapes.norm(prefix + "attn_norm", hidden);
            shapes.dense(prefix + "inter", hidden, config.intermediate());
            shapes.dense(prefix + "out", config.intermediate(), hidden);
            shapes.norm(prefix + "out_norm", hidden);
        }
        if (pooler) {
            shapes.dense(POOLER, hidden, hidden);
        }
        return shapes.byName;
    }

    private static void requireSameNames(Set<String> expected, Set<String> given) {
        Set<String> missing = new TreeSet<>(expected);
        missing.removeAll(given);
        Set<String> unknown = new TreeSet<>(given);
        unknown.removeAll(expected);
        if (!missing.isEmpty() || !unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "parameters must hold the canonical names: missing " + missing + ", unknown " + unknown);
        }
    }

    private static void requireArray(String name, INDArray array, long[] shape) {
        if (!Arrays.equals(array.shape(), shape)) {
            throw new IllegalArgumentException(name + " must have shape " + Arrays.toString(shape) + " but has "
                    + Arrays.toString(array.shape()) + "; a matrix is [in, out]");
        }
        if (array.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException(
                    name + " must be float32 but is " + array.dataType() + "; castTo(DataType.FLOAT) makes it so");
        }
        if (array.ordering() != 'c' || array.isView()) {
            throw new IllegalArgumentException(
                    name + " must be dense and in C order but is a view or in F order; dup('c') makes it so");
        }
    }

    /** Gathers names and shapes in order. */
    private static final class Shapes {
        private final Map<String, long[]> byName = new LinkedHashMap<>();

        private void matrix(String name, long rows, long columns) {
            byName.put(name + ".weight", new long[] {rows, columns});
        }

        private void dense(String name, long in, long out) {
            matrix(name, in, out);
            byName.put(name + ".bias", new long[] {out});
        }

        private void norm(String name, long width) {
            byName.put(name + ".weight", new long[] {width});
            byName.put(name + ".bias", new long[] {width});
        }
    }
}
