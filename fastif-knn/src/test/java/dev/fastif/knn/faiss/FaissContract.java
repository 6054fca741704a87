package dev.fastif.knn.faiss;

import static dev.fastif.knn.Features.normal;

import dev.fastif.knn.CandidateIndexContract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The contract, for numbers that FAISS can hold: it computes in float. */
@RequiresFaiss
abstract class FaissContract extends CandidateIndexContract {
    @Override
    protected INDArray asCompared(INDArray array) {
        return array.castTo(DataType.FLOAT);
    }

    @Override
    @ParameterizedTest
    @ValueSource(doubles = {1e-20, 1e20, 1e30})
    protected void floatsWhoseSquaresLeaveTheRangeAreCompared(double scale) {
        if (scale < 1) {
            super.floatsWhoseSquaresLeaveTheRangeAreCompared(scale);
        } else {
            INDArray features = normal(9, 499, 7).muli(scale).castTo(DataType.FLOAT);
            assertRejected(() -> build(features), "features reach", "overflow", "scale them, or use ExactIndex");
        }
    }
}
