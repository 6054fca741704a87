package dev.fastif.core;

import dev.fastif.core.internal.Check;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The devices that answer a question together (paper, section 3.4 and figure 2): one worker each. The T repeats of a
 * stochastic solver are scattered over the workers, which do not communicate; one all-reduce averages s_test; then each
 * worker scores its share of the candidates. Batches of deterministic solvers are spread the same way.
 *
 * <p>The same seed gives the same answer, bit for bit, whatever the number of workers on devices of one kind: the work is
 * cut up without regard to it, sums are taken in a fixed order, and each of several tasks uses a single BLAS thread. A
 * task that is alone runs on the calling thread with all of them.
 *
 * <p>Immutable and thread-safe. Worker threads exist only while a question is answered. While they compute, BLAS uses one
 * thread <em>in the whole process</em>: that number is a setting of the process.
 */
public final class DeviceGroup {
    private final int workers;
    private final boolean gpus;

    private DeviceGroup(int workers, boolean gpus) {
        this.workers = workers;
        this.gpus = gpus;
    }

    /** No workers: everything runs on the calling thread. */
    static DeviceGroup none() {
        return new DeviceGroup(0, false);
    }

    /**
     * The default: every GPU if ND4J's back end is CUDA, else as many worker threads as there are processors.
     */
    public static DeviceGroup available() {
        return Nd4j.getEnvironment().isCPU() ? cpu(Runtime.getRuntime().availableProcessors()) : allGpus();
    }

    /**
     * Worker threads that share the processors, the memory and one copy of the model.
     *
     * @param workers at least 1; more than there are processors cannot be faster
     */
    public static DeviceGroup cpu(int workers) {
        return new DeviceGroup(Check.positive("workers", workers), false);
    }

    /**
     * One worker for each of the first GPUs, with a copy of the model on it.
     *
     * @param workers at least 1
     * @throws IllegalStateException if ND4J's back end is not CUDA
     * @throws IllegalArgumentException if there are fewer GPUs
     */
    public static DeviceGroup gpus(int workers) {
        if (Nd4j.getEnvironment().isCPU()) {
            throw new IllegalStateException("ND4J's back end is not CUDA: put nd4j-cuda on the class path in place of"
                    + " nd4j-native, or use DeviceGroup.cpu(" + workers + ")");
        }
        int present = Nd4j.getAffinityManager().getNumberOfDevices();
        Check.argument(
                Check.positive("workers", workers) <= present,
                "workers is %d but ND4J sees %d GPUs: ask for at most that many",
                workers,
                present);
        return new DeviceGroup(workers, true);
    }

    private static DeviceGroup allGpus() {
        return gpus(Nd4j.getAffinityManager().getNumberOfDevices());
    }

    /** How many workers there are. */
    public int workers() {
        return workers;
    }

    /** Whether each worker has a device, and so a copy of the model, of its own. */
    boolean hasOwnDevices() {
        return gpus;
    }

    @Override
    public String toString() {
        return workers + (gpus ? " GPU" : " CPU") + (workers == 1 ? " worker" : " workers");
    }
}
