package dev.fastif.core;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Nearest neighbours by sorting all distances; remembers that it was closed. */
final class BruteForceIndex implements CandidateIndex {
    private final INDArray features;
    private boolean closed;

    BruteForceIndex(INDArray features) {
        this.features = features;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public int size() {
        return features.rows();
    }

    @Override
    public int dimension() {
        return features.columns();
    }

    @Override
    public List<Candidates> search(INDArray queries, int k) {
        return IntStream.range(0, queries.rows())
                .mapToObj(query -> nearest(queries.getRow(query), k))
                .toList();
    }

    private Candidates nearest(INDArray query, int k) {
        double[] distances = IntStream.range(0, size())
                .mapToDouble(id -> features.getRow(id).squaredDistance(query))
                .toArray();
        int[] ids = IntStream.range(0, size())
                .boxed()
                .sorted(Comparator.comparingDouble(id -> distances[id]))
                .limit(k)
                .mapToInt(Integer::intValue)
                .toArray();
        return Candidates.of(
                ids, IntStream.of(ids).mapToDouble(id -> distances[id]).toArray());
    }

    @Override
    public void close() {
        closed = true;
    }
}
