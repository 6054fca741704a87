package dev.fastif.knn;

import dev.fastif.core.CandidateIndex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The reference, used where arrays are not on the CPU. */
class ExactIndexByNd4jTest extends CandidateIndexContract {
    @Override
    protected CandidateIndex build(INDArray features) {
        return ExactIndex.of(features, Nd4jPoints::new);
    }
}
