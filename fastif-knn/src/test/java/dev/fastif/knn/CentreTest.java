package dev.fastif.knn;

import static dev.fastif.knn.Features.normal;
import static dev.fastif.knn.Features.rows;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The bound on rounding errors bounds them, and not by so much that it decides nothing. */
class CentreTest {
    @ParameterizedTest
    @CsvSource({"FLOAT, 768, 0", "FLOAT, 31, 0", "FLOAT, 1, 0", "FLOAT, 31, 100", "DOUBLE, 31, 0", "DOUBLE, 31, 1e5"})
    void keysAreAsGoodAsPromised(DataType type, int d, double offset) {
        INDArray points = normal(1, 500, d).addi(offset).castTo(type);
        INDArray queries = normal(2, 3, d).addi(offset);
        Centre centre = Centre.of(points);
        double[][] exact = rows(points);
        for (double[] q : rows(queries)) {
            Centre.Query query = centre.query(q);
            INDArray centred =
                    Nd4j.createFromArray(new double[][] {query.centred()}).castTo(type);
            double[][] products = rows(Nd4j.matmul(centred, points, false, true, false));
            for (int i = 0; i < exact.length; i++) {
                double distance = squaredDistance(exact[i], q);
                double key = centre.key(i, products[0][i]);
                assertFalse(query.isBeyond(key, distance), "a point is not farther away than it is");
                assertTrue(query.isBeyond(key, distance - 0.02 * d), "nor much less far");
            }
        }
    }

    private static double squaredDistance(double[] a, double... b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }
}
