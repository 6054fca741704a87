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
 * Tokenised pairs as what a {@link BertClassifier} is evaluated on; an example's id is its position in the list, its length
 * the number of its tokens. Batches are padded to their longest pair. Immutable and thread-safe.
 */
public final class NliExamples implements TrainingSet {
    private final List<NliPair> pairs;
    private final List<TokenIds> tokens;

    private NliExamples(List<NliPair> pairs, List<TokenIds> tokens) {
        this.pairs = pairs;
        this.tokens = tokens;
    }

    /** Tokenises pairs. */
    public static NliExamples of(List<NliPair> pairs, PairTokenizer tokenizer) {
        List<TokenIds> tokens = tokenizer.encodeAll(
                pairs.stream().map(NliPair::premise).toList(),
                pairs.stream().map(NliPair::hypothesis).toList());
        return new NliExamples(List.copyOf(pairs), tokens);
    }

    /** The pair of this id. */
    public NliPair pair(int id) {
        return pairs.get(id);
    }

    @Override
    public int size() {
        return pairs.size();
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
            TokenIds example = tokens.get(ids[i]);
            int length = example.length();
            System.arraycopy(example.ids(), 0, tokenIds[i], 0, length);
            System.arraycopy(example.segments(), 0, segments[i], 0, length);
            java.util.Arrays.fill(mask[i], 0, length, 1);
            labels[i] = pairs.get(ids[i]).label().index();
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(BertClassifier.IDS, Nd4j.createFromArray(tokenIds));
        arrays.put(BertClassifier.SEGMENTS, Nd4j.createFromArray(segments));
        arrays.put(BertClassifier.MASK, Nd4j.createFromArray(mask));
        arrays.put(Batch.LABELS, Nd4j.createFromArray(labels));
        return Batch.of(arrays);
    }
}
