package dev.fastif.core;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The model on each device of a group; on the CPU the one model itself. Thread-safe. */
final class Replicas {
    private final DeviceGroup group;
    private final List<Model> models;

    private Replicas(DeviceGroup group, List<Model> models) {
        this.group = group;
        this.models = models;
    }

    static Replicas of(Model model, DeviceGroup group) {
        List<Model> models = new ArrayList<>(List.of(model));
        if (group.hasOwnDevices()) {
            int home = Nd4j.getAffinityManager().getDeviceForCurrentThread();
            for (int device = 1; device < group.workers(); device++) {
                Nd4j.getAffinityManager().unsafeSetDevice(device);
                models.add(model.replicate());
            }
            Nd4j.getAffinityManager().unsafeSetDevice(home);
        }
        return new Replicas(group, List.copyOf(models));
    }

    int workers() {
        return group.workers();
    }

    WorkerPool open() {
        return new WorkerPool(this);
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
