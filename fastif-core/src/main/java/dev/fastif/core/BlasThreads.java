package dev.fastif.core;

import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Holds BLAS at one thread while the workers of any pool compute. The number is a setting of the process, so those who hold
 * it are counted: the last one restores what the first one found.
 */
final class BlasThreads implements AutoCloseable {
    private static final Object LOCK = new Object();
    private static int holders;
    private static int before;

    private boolean held = true;

    private BlasThreads() {}

    static BlasThreads single() {
        synchronized (LOCK) {
            if (holders++ == 0) {
                Blas blas = Nd4j.factory().blas();
                before = blas.getMaxThreads();
                blas.setMaxThreads(1);
            }
        }
        return new BlasThreads();
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
