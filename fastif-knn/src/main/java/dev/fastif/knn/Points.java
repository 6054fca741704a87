package dev.fastif.knn;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The indexed points [N, d] where they lie: their dot products with queries, and their numbers. Thread-safe. */
interface Points {
    /** Prepares products of the points with queries, each of d numbers. */
    Products productsWith(double[]... queries);

    /** The numbers of {@code count} points from {@code start}, row by row, into the beginning of {@code out}. */
    void read(int start, int count, double[] out);

    /** Dot products of some queries. Not thread-safe. */
    interface Products extends AutoCloseable {
        /** Products with the points from {@code start} to {@code end - 1}, query by query, into {@code out}. */
        void compute(int start, int end, double[] out);

        @Override
        void close();
    }

    /** Returns points [N, d], FLOAT or DOUBLE, dense and in C order: read by BLAS on the CPU, elsewhere by ND4J. */
    static Points of(INDArray points) {
        return Access.BLAS ? new BlasPoints(points) : new Nd4jPoints(points);
    }

    /** Whether BLAS can read ND4J's arrays. */
    final class Access {
        private static final Logger log = LoggerFactory.getLogger(ExactIndex.class);
        private static final boolean BLAS = blas();

        private Access() {}

        private static boolean blas() {
            if (Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
                log.debug("arrays are not on the CPU: matrix products by ND4J");
                return false;
            }
            try {
                Loader.load(openblas_nolapack.class);
                return true;
            } catch (LinkageError e) {
                log.info("no OpenBLAS for this platform: matrix products by ND4J, exact search is slower", e);
                return false;
            }
        }
    }
}
