package dev.fastif.hvp.dl4j;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInitDistribution;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** The fields of a configuration of DL4J, whatever they are in, and other values for each. */
final class Mutations {
    private Mutations() {}

    /**
     * A field of an object.
     *
     * @param name the class that declares it, and its name
     */
    record Site(String name, Object owner, Field field) {
        @Nullable
        Object value() {
            try {
                return field.get(owner);
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }

        void set(Object value) {
            try {
                field.set(owner, value);
                for (Field kept : fields(owner.getClass())) {
                    if (SDLayerParams.class.isAssignableFrom(kept.getType())) {
                        kept.set(owner, null); // shapes that DL4J has worked out, and will again
                    }
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** All of layers or of a configuration, always in the same order; not those of layers inside of a configuration. */
    static List<Site> sites(Object configuration) {
        List<Site> sites = new ArrayList<>();
        boolean ofLayers = configuration instanceof Collection;
        walk(configuration, sites, ofLayers, Collections.newSetFromMap(new IdentityHashMap<>()));
        return sites;
    }

    /** A copy of all that it is made of. */
    @SuppressWarnings({"unchecked", "BanSerializableRead"}) // as DL4J keeps its configurations, of which these are
    static <T> T copy(T configuration) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void walk(@Nullable Object object, List<Site> sites, boolean ofLayers, Set<Object> seen) {
        if (object == null || (object instanceof Layer && !ofLayers) || !seen.add(object)) {
            return;
        }
        if (object instanceof Collection<?> many) {
            many.forEach(each -> walk(each, sites, ofLayers, seen));
        } else if (object instanceof Map<?, ?> many) {
            many.values().forEach(each -> walk(each, sites, ofLayers, seen));
        } else if (object instanceof Object[] many) {
            List.of(many).forEach(each -> walk(each, sites, ofLayers, seen));
        } else if (isConfiguration(object.getClass())) {
            for (Field field : fields(object.getClass())) {
                Site site = new Site(name(field), object, field);
                sites.add(site);
                walk(site.value(), sites, ofLayers, seen);
            }
        }
    }

    static boolean isConfiguration(Class<?> type) {
        return !type.isEnum()
                && !type.isArray()
                && !INDArray.class.isAssignableFrom(type)
                && (type.getName().startsWith("org.deeplearning4j.nn.")
                        || type.getName().startsWith("org.nd4j.linalg.l")
                        || type.getName().startsWith("org.nd4j.linalg.activations."));
    }

    static String name(Field field) {
        return field.getDeclaringClass().getSimpleName() + "." + field.getName();
    }

    /** Those of a class and of what it extends, but for what is not kept. */
    static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (!Modifier.isStatic(modifiers) && !Modifier.isTransient(modifiers) && !field.isSynthetic()) {
                    field.setAccessible(true);
                    fields.add(field);
                }
            }
        }
        return fields;
    }

    /** Other values for a field; none for what holds other objects, whose own fields are tried. */
    static List<Object> of(Site site) {
        Object value = site.value();
        Class<?> type = site.field().getType();
        if (type == boolean.class) {
            return List.of(!(Boolean) Objects.requireNonNull(value));
        }
        if (type == int.class) {
            int now = (Integer) Objects.requireNonNull(value);
            return now < 2 ? List.of(now + 1, now + 2) : List.of(now - 1, now + 1);
        }
        if (type == long.class) {
            long now = (Long) Objects.requireNonNull(value);
            return now < 2 ? List.of(now + 1, now + 2) : List.of(now - 1, now + 1);
        }
        if (type == double.class || type == Double.class) {
            double now = value == null || Double.isNaN((Double) value) ? 0 : (Double) value;
            return List.of(now + 0.3, now * 0.5 + 0.01);
        }
        if (type == char.class) {
            return List.of('f');
        }
        if (type == String.class) {
            return value == null ? List.of() : List.of(value + "x");
        }
        if (type.isEnum()) {
            return List.of(type.getEnumConstants()).stream()
                    .filter(each -> each != value)
                    .map(Object.class::cast)
                    .toList();
        }
        if (type == int[].class || type == long[].class) {
            return arrays(value);
        }
        return objects(type, site, value);
    }

    private static List<Object> arrays(@Nullable Object value) {
        if (value == null || Array.getLength(value) == 0) {
            return List.of();
        }
        List<Object> all = new ArrayList<>();
        for (int by : new int[] {1, -1}) {
            for (int i = 0; i < Array.getLength(value); i++) {
                long next = Array.getLong(value, i) + by;
                if (next >= 1) { // sizes of 0 end the JVM
                    Object copy = value instanceof int[] ints ? ints.clone() : ((long[]) value).clone();
                    if (copy instanceof int[] ints) {
                        ints[i] = (int) next;
                    } else {
                        ((long[]) copy)[i] = next;
                    }
                    all.add(copy);
                }
            }
        }
        return all;
    }

    private static List<Object> objects(Class<?> type, Site site, @Nullable Object value) {
        if (type == IActivation.class) {
            return List.of(value instanceof ActivationCube ? new ActivationSoftPlus() : new ActivationCube());
        }
        if (type == ILossFunction.class) {
            return List.of(value instanceof LossL2 ? new org.nd4j.linalg.lossfunctions.impl.LossL1() : new LossL2());
        }
        if (type == INDArray.class) {
            return List.of(Nd4j.createFromArray(new double[] {0.5, 1, 2}).castTo(DataType.DOUBLE));
        }
        if (type == ISchedule.class) {
            return List.of(new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9));
        }
        if (type == IDropout.class) {
            return List.of(new Dropout(0.5));
        }
        if (type == IWeightNoise.class) {
            return List.of(new DropConnect(0.5));
        }
        if (type == IUpdater.class) {
            return List.of(new Sgd(7));
        }
        if (type == IWeightInit.class) {
            return List.of(new WeightInitDistribution(new NormalDistribution(0.3, 0.1)));
        }
        if (site.field().getName().startsWith("regularization")) {
            return List.of(
                    List.of(new L2Regularization(0.3), new L1Regularization(0.2)), List.of(new WeightDecay(0.3, true)));
        }
        if (site.field().getName().equals("constraints")) {
            return List.of(List.of(new UnitNormConstraint(Set.of("W", "b", "RW"), 0)));
        }
        return List.of();
    }
}
