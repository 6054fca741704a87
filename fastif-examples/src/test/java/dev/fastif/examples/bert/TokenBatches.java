package dev.fastif.examples.bert;

import dev.fastif.core.Batch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.factory.Nd4j;

/** Pads token sequences into batches. */
final class TokenBatches {
    private TokenBatches() {}

    /** The batch of these sequences, each padded to the longest and {@code padding} tokens more; no labels. */
    static Batch of(List<TokenIds> sequences, int padding) {
        int n = sequences.size();
        int tokens =
                padding + sequences.stream().mapToInt(TokenIds::length).max().orElseThrow();
        int[][] ids = new int[n][tokens];
        int[][] segments = new int[n][tokens];
        float[][] mask = new float[n][tokens];
        for (int i = 0; i < n; i++) {
            TokenIds sequence = sequences.get(i);
            System.arraycopy(sequence.ids(), 0, ids[i], 0, sequence.length());
            System.arraycopy(sequence.segments(), 0, segments[i], 0, sequence.length());
            Arrays.fill(mask[i], 0, sequence.length(), 1);
        }
        return Batch.of(Map.of(
                BertClassifier.IDS, Nd4j.createFromArray(ids),
                BertClassifier.SEGMENTS, Nd4j.createFromArray(segments),
                BertClassifier.MASK, Nd4j.createFromArray(mask)));
    }

    /** The batch with class indices as labels. */
    static Batch of(List<TokenIds> sequences, int padding, int... labels) {
        return of(sequences, padding).with(Batch.LABELS, Nd4j.createFromArray(labels));
    }
}
