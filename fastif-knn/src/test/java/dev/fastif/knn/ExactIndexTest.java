package dev.fastif.knn;

import dev.fastif.core.CandidateIndex;
import org.nd4j.linalg.api.ndarray.INDArray;

class ExactIndexTest extends CandidateIndexContract {
    @Override
    protected CandidateIndex build(INDArray features) {
        return ExactIndex.of(features);
    }
}
