package dev.fastif.examples.nli;

import dev.fastif.core.Batch;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.bert.BertClassifier;
import dev.fastif.examples.bert.PairTokenizer;
import dev.fastif.examples.bert.TokenIds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Tokenised texts as what a {@link BertClassifier} is evaluated on; an example's id is its position in the list, its length
 * the number of its tokens. Batches are padded to their longest example. Immutable and thread-safe.
 */
public final class NliExamples implements TrainingSet {
    private final List<TextExample> examples;
    private final List<TokenIds> tokens;

    private NliExamples(List<TextExample> examples, List<TokenIds> tokens) {
        this.examples = examples;
        this.tokens = tokens;
    }

    /** Tokenises texts. */
    public static NliExamples of(List<TextExample> examples, PairTokenizer tokenizer) {
        List<TokenIds> tokens = tokenizer.encodeAll(
                examples.stream().map(TextExample::first).toList(),
                examples.stream().map(TextExample::second).toList());
        return new NliExamples(List.copyOf(examples), tokens);
    }

    /** The example of this id. */
    public TextExample example(int id) {
        return examples.get(id);
    }

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public int length(int id) {
        return tokens.get(id).length();
    }

    @Override
    public Batch batch(int... ids) {
        int longest = 0;
        for (int id : ids) {
            longest = Math.max(longest, length(id));
        }
        int[][] tokenIds = new int[ids.length][longest];
        int[][] segments = new int[ids.length][longest];
        float[][] mask = new float[ids.length][longest];
        int[] labels = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            TokenIds encoded = tokens.get(ids[i]);
            int length = encoded.length();
            System.arraycopy(encoded.ids(), 0, tokenIds[i], 0, length);
            System.arraycopy(encoded.segments(), 0, segments[i], 0, length);
            java.util.Arrays.fill(mask[i], 0, length, 1);
            labels[i] = examples.get(ids[i]).label();
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(BertClassifier.IDS, Nd4j.createFromArray(tokenIds));
        arrays.put(BertClassifier.SEGMENTS, Nd4j.createFromArray(segments));
        arrays.put(BertClassifier.MASK, Nd4j.createFromArray(mask));
        arrays.put(Batch.LABELS, Nd4j.createFromArray(labels));
        return Batch.of(arrays);
    }
}
