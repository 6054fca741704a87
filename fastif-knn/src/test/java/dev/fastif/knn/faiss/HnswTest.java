package dev.fastif.knn.faiss;

import dev.fastif.core.CandidateIndex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A graph whose search keeps thousands of examples in sight finds all of the nearest of these small sets. */
class HnswTest extends FaissContract {
    @Override
    protected CandidateIndex build(INDArray features) {
        return FaissIndex.builder().factory("HNSW16,Flat").efSearch(4000).build(features);
    }
}
