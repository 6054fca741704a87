package dev.fastif.knn;

import static dev.fastif.knn.Features.normal;
import static dev.fastif.knn.Features.rows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.fastif.core.CandidateIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ExactIndexTest extends CandidateIndexContract {
    @Override
    protected CandidateIndex build(INDArray features) {
        return ExactIndex.of(features);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1", "FLOAT, 7", "DOUBLE, 1", "DOUBLE, 7"})
    void blasReadsWhatNd4jReads(DataType type, int count) {
        assertInstanceOf(BlasPoints.class, Points.of(Nd4j.zeros(type, 1, 1)));
        INDArray array = normal(1, 113, 31).castTo(type);
        double[][] queries = rows(normal(2, count, 31));
        double[][] computed = new double[2][count * 90];
        double[][] read = new double[2][31 * 90];
        Points[] both = {new BlasPoints(array), new Nd4jPoints(array)};
        for (int i = 0; i < 2; i++) {
            try (Points.Products products = both[i].productsWith(queries)) {
                products.compute(17, 107, computed[i]);
            }
            both[i].read(17, 90, read[i]);
        }
        assertArrayEquals(read[1], read[0]);
        assertArrayEquals(computed[1], computed[0], type == DataType.FLOAT ? 1e-5 : 1e-13);
    }

    @Test
    void closedFeaturesAreNoticed() {
        INDArray features = Nd4j.rand(DataType.FLOAT, 40, 3);
        CandidateIndex index = build(features);
        features.close();
        assertMentions(IllegalStateException.class, () -> index.search(normal(2, 1, 3), 4), "close the index before");
    }
}
