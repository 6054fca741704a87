package dev.fastif.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The model on each device of a group, on the CPU the one model itself, and who uses it: as many questions at a time as there
 * are workers, which they share. Others wait their turn, so that memory does not grow with the number of callers. Thread-safe.
 */
final class Replicas {
    private final DeviceGroup group;
    private final List<Model> models;
    private final Semaphore places;
    private final Set<Thread> inside = ConcurrentHashMap.newKeySet();
    private @Nullable Crew crew;
    private int questions;

    private Replicas(DeviceGroup group, List<Model> models) {
        this.group = group;
        this.models = models;
        this.places = new Semaphore(Math.max(1, group.workers()), true);
    }

    static Replicas of(Model model, DeviceGroup group) {
        List<Model> models = new ArrayList<>(List.of(model));
        if (group.hasOwnDevices()) {
            int home = Nd4j.getAffinityManager().getDeviceForCurrentThread();
            try {
                for (int device = 1; device < group.workers(); device++) {
                    Nd4j.getAffinityManager().unsafeSetDevice(device);
                    models.add(model.replicate());
                }
            } finally {
                Nd4j.getAffinityManager().unsafeSetDevice(home);
            }
        }
        return new Replicas(group, List.copyOf(models));
    }

    int workers() {
        return group.workers();
    }

    /**
     * Begins a question, as soon as there is a place for it. One that is asked during another, by the same thread or by a
     * worker, has the place of that one.
     *
     * @throws CancellationException if the thread is interrupted while it waits
     */
    WorkerPool open() {
        boolean first = !Crew.isCalling() && inside.add(Thread.currentThread());
        if (first) {
            takePlace();
        }
        synchronized (this) {
            if (crew == null) {
                crew = new Crew(this);
            }
            questions++;
            return new WorkerPool(this, crew, first);
        }
    }

    private void takePlace() {
        try {
            places.acquire();
        } catch (InterruptedException e) {
            inside.remove(Thread.currentThread());
            Thread.currentThread().interrupt();
            throw (CancellationException)
                    new CancellationException("interrupted while other questions were answered").initCause(e);
        }
    }

    /** Ends a question; the last one ends the workers. */
    void leave(boolean place) {
        Crew idle = null;
        synchronized (this) {
            if (--questions == 0) {
                idle = crew;
                crew = null;
            }
        }
        if (idle != null) {
            idle.close();
        }
        if (place) {
            inside.remove(Thread.currentThread());
            places.release();
        }
    }

    /** Binds the calling thread to a device. */
    void occupy(int device) {
        if (group.hasOwnDevices()) {
            Nd4j.getAffinityManager().unsafeSetDevice(device);
        }
    }

    Model on(int device) {
        return group.hasOwnDevices() ? models.get(device) : models.get(0);
    }

    INDArray local(INDArray array, int device) {
        boolean elsewhere = group.hasOwnDevices() && Nd4j.getAffinityManager().getDeviceForArray(array) != device;
        return elsewhere ? Nd4j.getAffinityManager().replicateToDevice(device, array) : array;
    }
}
