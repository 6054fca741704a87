package dev.fastif.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.factory.Nd4j;

class ReplicasTest {
    /** With an affinity manager that only notes the device it is told, as if there were three. */
    @Test
    void aModelThatCannotBeCopiedLeavesTheThreadOnItsDevice() throws ReflectiveOperationException {
        Model model = new LinearModel(Nd4j.zeros(DataType.DOUBLE, 2, 1), Loss.squaredError(), Regularizer.none());
        Constructor<DeviceGroup> constructor = DeviceGroup.class.getDeclaredConstructor(int.class, boolean.class);
        constructor.setAccessible(true);
        DeviceGroup threeDevices = constructor.newInstance(3, true);
        Field field = Nd4j.class.getDeclaredField("affinityManager");
        field.setAccessible(true);
        AffinityManager own = Nd4j.getAffinityManager();
        List<Integer> devices = new ArrayList<>(List.of(7));
        field.set(
                null,
                Proxy.newProxyInstance(
                        AffinityManager.class.getClassLoader(),
                        new Class<?>[] {AffinityManager.class},
                        (self, method, arguments) -> switch (method.getName()) {
                            case "getDeviceForCurrentThread" -> devices.get(devices.size() - 1);
                            case "unsafeSetDevice" -> {
                                devices.add((Integer) arguments[0]);
                                yield null;
                            }
                            default -> method.invoke(own, arguments);
                        }));
        try {
            assertThrows(UnsupportedOperationException.class, () -> Replicas.of(model, threeDevices));
        } finally {
            field.set(null, own);
        }
        assertEquals(List.of(7, 1, 7), devices);
    }
}
