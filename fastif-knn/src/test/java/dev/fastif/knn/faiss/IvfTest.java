package dev.fastif.knn.faiss;

import dev.fastif.core.CandidateIndex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An IVF index that probes all of its lists is exact. */
class IvfTest extends FaissContract {
    private static final int MOST_LISTS = 16;

    @Override
    protected CandidateIndex build(INDArray features) {
        // what is no matrix reaches the index, which is to refuse it
        long lists = features.rank() == 0 ? 1 : Math.max(1, Math.min(MOST_LISTS, features.size(0) / 10));
        return FaissIndex.builder()
                .factory("IVF" + lists + ",Flat")
                .nprobe(MOST_LISTS)
                .build(features);
    }
}
