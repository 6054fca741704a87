package dev.fastif.core.internal;

import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Holds BLAS at one thread while the workers of any pool compute, or the threads that share one pass. The number is a
 * setting of the process, so those who hold it are counted: the last one restores what the first one found. Thread-safe.
 */
public final class BlasThreads implements AutoCloseable {
    private static final Object LOCK = new Object();
    private static int holders;
    private static int before;

    private final int taken;
    private boolean held = true;

    private BlasThreads(int taken) {
        this.taken = taken;
    }

    /** Holds BLAS at one thread until closed. */
    public static BlasThreads single() {
        synchronized (LOCK) {
            int taken = 1;
            if (holders++ == 0) {
                Blas blas = Nd4j.factory().blas();
                before = blas.getMaxThreads();
                taken = before;
                blas.setMaxThreads(1);
            }
            return new BlasThreads(taken);
        }
    }

    /** How many threads the holder may compute with: all that BLAS had, or 1 if others held it already. */
    public int taken() {
        return taken;
    }

    @Override
    public void close() {
        synchronized (LOCK) {
            if (held && --holders == 0) {
                Nd4j.factory().blas().setMaxThreads(before);
            }
            held = false;
        }
    }
}
