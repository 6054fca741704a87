package dev.fastif.hvp.dl4j;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * BatchNormalization by its own statistics when gradients are taken, too: those of DL4J are of the batch's statistics, which mix its
 * examples.
 */
final class FixedNormalization extends BatchNormalization {
    private static final long serialVersionUID = 1;

    private FixedNormalization() {}

    /** The layer, or what stands for it. */
    static org.deeplearning4j.nn.conf.layers.Layer of(org.deeplearning4j.nn.conf.layers.Layer layer) {
        if (layer instanceof FrozenLayerWithBackprop wrapper) {
            wrapper.setUnderlying(of(wrapper.getUnderlying()));
        }
        return layer.getClass() == BatchNormalization.class ? copyOf((BatchNormalization) layer) : layer;
    }

    private static FixedNormalization copyOf(BatchNormalization layer) {
        FixedNormalization copy = new FixedNormalization();
        try {
            for (Class<?> type = BatchNormalization.class; type != Object.class; type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())) {
                        field.setAccessible(true);
                        field.set(copy, field.get(layer));
                    }
                }
            }
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("the configuration of " + layer + " cannot be read", e);
        }
        return copy;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initialize,
            DataType type) {
        Fixed layer = new Fixed(conf, type);
        layer.setIndex(index);
        layer.setParamsViewArray(parameters);
        layer.setParamTable(initializer().init(conf, parameters, initialize));
        layer.setConf(conf);
        return layer;
    }

    /** The layer that computes. */
    private static final class Fixed extends org.deeplearning4j.nn.layers.normalization.BatchNormalization {
        private static final long serialVersionUID = 1;

        Fixed(NeuralNetConfiguration conf, DataType type) {
            super(conf, type);
        }

        @Override
        public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
            return super.activate(false, workspaces);
        }

        @Override
        public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
            BatchNormalization conf = layerConf();
            INDArray x = input;
            int channels = x.rank() == 4 && conf.getCnn2DFormat() == CNN2DFormat.NHWC ? 3 : 1;
            int[] others =
                    IntStream.range(0, x.rank()).filter(d -> d != channels).toArray();
            INDArray factor = Transforms.pow(variance(conf).add(conf.getEps()), -0.5);
            INDArray centred = x.dup('c');
            add(
                    centred,
                    getParam(BatchNormalizationParamInitializer.GLOBAL_MEAN).neg(),
                    channels);
            multiply(centred, factor, channels);
            Gradient gradient = new DefaultGradient();
            gradientViews.forEach((name, view) -> {
                view.assign(0);
                gradient.setGradientFor(name, view);
            });
            INDArray below = epsilon.dup('c');
            multiply(below, factor, channels);
            if (conf.isLockGammaBeta()) {
                // DL4J's forward pass heeds either only if both are set
                boolean isHeeded = conf.getGamma() != 1 && conf.getBeta() != 0;
                below.muli(isHeeded ? conf.getGamma() : 1);
            } else {
                String gamma = BatchNormalizationParamInitializer.GAMMA;
                assign(gamma, epsilon.mul(centred).sum(others));
                assign(BatchNormalizationParamInitializer.BETA, epsilon.sum(others));
                multiply(below, getParam(gamma), channels);
            }
            return new Pair<>(gradient, workspaces.leverageTo(ArrayType.ACTIVATION_GRAD, below));
        }

        private INDArray variance(BatchNormalization conf) {
            if (!conf.isUseLogStd()) {
                return getParam(BatchNormalizationParamInitializer.GLOBAL_VAR);
            }
            INDArray exponent = getParam(BatchNormalizationParamInitializer.GLOBAL_LOG_STD);
            return Transforms.pow(exponent.ulike().assign(100), exponent);
        }

        private void assign(String name, INDArray value) {
            INDArray view = Objects.requireNonNull(gradientViews.get(name));
            view.assign(value.reshape(view.shape()));
        }

        private static void add(INDArray x, INDArray perChannel, int dimension) {
            x.addi(stretched(x, perChannel, dimension));
        }

        private static void multiply(INDArray x, INDArray perChannel, int dimension) {
            x.muli(stretched(x, perChannel, dimension));
        }

        private static INDArray stretched(INDArray x, INDArray perChannel, int dimension) {
            long[] shape = new long[x.rank()];
            Arrays.fill(shape, 1);
            shape[dimension] = perChannel.length();
            return perChannel.dup('c').reshape('c', shape).broadcast(x.shape());
        }
    }
}
