package dev.fastif.knn.faiss;

import dev.fastif.core.CandidateIndex;
import org.nd4j.linalg.api.ndarray.INDArray;

class FlatTest extends FaissContract {
    @Override
    protected CandidateIndex build(INDArray features) {
        return FaissIndex.builder().build(features);
    }
}
