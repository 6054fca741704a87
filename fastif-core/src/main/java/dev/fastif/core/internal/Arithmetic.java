package dev.fastif.core.internal;

import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which code computes: fastif's own, by BLAS straight on ND4J's buffers, or ND4J's operations, the reference. It is chosen here for
 * all modules, once. {@code -Dfastif.kernels=nd4j} asks for ND4J's.
 */
public final class Arithmetic {
    private static final Logger log = LoggerFactory.getLogger(Arithmetic.class);
    private static final boolean BLAS = isBlas(System.getProperty("fastif.kernels", "cpu"));

    private Arithmetic() {}

    /** Whether ND4J's arrays lie where BLAS can read them, and nobody asked for ND4J's operations. */
    public static boolean isByBlas() {
        return BLAS;
    }

    static boolean isBlas(String wanted) {
        Check.argument(
                wanted.equals("cpu") || wanted.equals("nd4j"), "fastif.kernels is %s: it must be cpu or nd4j", wanted);
        if (wanted.equals("nd4j") || Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
            log.info("arithmetic by ND4J's operations: {}", wanted.equals("nd4j") ? "as asked for" : "not on the CPU");
            return false;
        }
        try {
            // by its name, since this module computes nothing by BLAS itself
            Loader.load(Class.forName("org.bytedeco.openblas.global.openblas_nolapack"));
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            log.info("no OpenBLAS for this platform: arithmetic by ND4J's operations, which is slower", e);
            return false;
        }
    }
}
