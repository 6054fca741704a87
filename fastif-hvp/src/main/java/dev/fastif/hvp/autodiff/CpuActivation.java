package dev.fastif.hvp.autodiff;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function of every element, in single precision, with what differentiation asks of it in one walk each. */
enum CpuActivation {
    /** {@code x Phi(x)}. */
    GELU {
        // x Phi(x) = max(x, 0) - |x| (1 - Phi(|x|))
        @Override
        void values(Loops loops, float[] x, float[] first, int length) {
            float[] tail = slopes(loops, x, first, length);
            for (int i = 0; i < length; i++) {
                x[i] = 0.5f * (x[i] + Math.abs(x[i])) - Math.abs(x[i]) * tail[i];
            }
        }

        // (2 - x^2) phi
        @Override
        void derivatives(Loops loops, float[] x, float[] first, int length) {
            slopes(loops, x, first, length);
            float[] density = loops.room(DENSITY, length);
            for (int i = 0; i < length; i++) {
                x[i] = (2 - x[i] * x[i]) * density[i];
            }
        }

        // Phi + x phi, with Phi = 1/2 + sign(x) (1/2 - (1 - Phi(|x|)))
        private float[] slopes(Loops loops, float[] x, float[] first, int length) {
            float[] room = loops.room(ROOM, length);
            float[] density = loops.room(DENSITY, length);
            float[] tail = loops.room(TAIL, length);
            Exponential.density(x, room, density, length);
            Exponential.tail(x, density, room, tail, length);
            for (int i = 0; i < length; i++) {
                first[i] = 0.5f + x[i] * ((0.5f - tail[i]) / (Math.abs(x[i]) + TINY) + density[i]);
            }
            return tail;
        }
    },

    /** Hyperbolic tangent. */
    TANH {
        // sign(x) (1 - e) / (1 + e) with e = exp(-2 |x|)
        @Override
        void values(Loops loops, float[] x, float[] first, int length) {
            float[] size = loops.room(ROOM, length);
            float[] e = loops.room(TAIL, length);
            for (int i = 0; i < length; i++) {
                size[i] = Math.abs(x[i]);
            }
            Exponential.falling(size, 1, e, length);
            for (int i = 0; i < length; i++) {
                x[i] = x[i] / (size[i] + TINY) * ((1 - e[i]) / (1 + e[i]));
            }
            for (int i = 0; i < length; i++) {
                first[i] = 1 - x[i] * x[i];
            }
        }

        @Override
        void derivatives(Loops loops, float[] x, float[] first, int length) {
            values(loops, x, first, length);
            for (int i = 0; i < length; i++) {
                x[i] *= -2 * first[i];
            }
        }
    },

    /** {@code max(x, 0)}, with derivative 0 at 0. */
    RELU {
        @Override
        void values(Loops loops, float[] x, float[] first, int length) {
            for (int i = 0; i < length; i++) {
                first[i] = x[i] > 0 ? 1 : 0;
                x[i] = Math.max(x[i], 0);
            }
        }

        @Override
        void derivatives(Loops loops, float[] x, float[] first, int length) {
            for (int i = 0; i < length; i++) {
                first[i] = x[i] > 0 ? 1 : 0;
                x[i] = 0;
            }
        }
    },

    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID {
        @Override
        void values(Loops loops, float[] x, float[] first, int length) {
            for (int i = 0; i < length; i++) {
                x[i] = (float) (1 / (1 + Math.exp(-x[i])));
                first[i] = x[i] * (1 - x[i]);
            }
        }

        @Override
        void derivatives(Loops loops, float[] x, float[] first, int length) {
            values(loops, x, first, length);
            for (int i = 0; i < length; i++) {
                x[i] = (1 - 2 * x[i]) * first[i];
            }
        }
    };

    static CpuActivation of(Activation function) {
        return valueOf(function.name());
    }

    private static final int ROOM = 3;
    private static final int DENSITY = 4;
    private static final int TAIL = 5;

    /** What keeps 0 / 0 from being asked for. */
    private static final float TINY = 1e-30f;

    /** Replaces each x by its value, and sets the first derivative; uses rooms from {@link #ROOM} on. */
    abstract void values(Loops loops, float[] x, float[] first, int length);

    /** Replaces each x by the second derivative, and sets the first; uses the same rooms. */
    abstract void derivatives(Loops loops, float[] x, float[] first, int length);

    /** See {@link Kernels#activate}. */
    List<INDArray> forward(INDArray x, List<INDArray> tangents) {
        List<INDArray> out = like(x, 1 + tangents.size());
        long from = Loops.source(x);
        long[] dx = sources(tangents);
        long[] to = targets(out);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            float[] first = loops.room(1, length);
            values(loops, values, first, length);
            loops.write(values, to[0], start, length);
            for (int k = 0; k < dx.length; k++) {
                float[] tangent = loops.read(2, dx[k], start, length);
                for (int i = 0; i < length; i++) {
                    tangent[i] *= first[i];
                }
                loops.write(tangent, to[k + 1], start, length);
            }
        });
        return out;
    }

    /** See {@link Kernels#activateBack}. */
    List<INDArray> back(INDArray x, INDArray g, List<INDArray> xTangents, List<INDArray> gTangents) {
        List<INDArray> out = like(x, 1 + xTangents.size());
        long from = Loops.source(x);
        long adjoint = Loops.source(g);
        long[] dx = sources(xTangents);
        long[] dg = sources(gTangents);
        long[] to = targets(out);
        Loops.each(x.length(), 1, (loops, start, length) -> {
            float[] second = loops.read(0, from, start, length);
            float[] first = loops.room(1, length);
            derivatives(loops, second, first, length);
            float[] bend = loops.read(2, adjoint, start, length);
            float[] back = loops.room(3, length);
            for (int i = 0; i < length; i++) {
                back[i] = first[i] * bend[i];
                bend[i] *= second[i];
            }
            loops.write(back, to[0], start, length);
            for (int k = 0; k < dx.length; k++) {
                float[] ofX = loops.read(3, dx[k], start, length);
                float[] ofG = loops.read(4, dg[k], start, length);
                for (int i = 0; i < length; i++) {
                    ofX[i] = bend[i] * ofX[i] + first[i] * ofG[i];
                }
                loops.write(ofX, to[k + 1], start, length);
            }
        });
        return out;
    }

    private static List<INDArray> like(INDArray x, int count) {
        List<INDArray> arrays = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            arrays.add(Arena.array(x.shape()));
        }
        return arrays;
    }

    private static long[] sources(List<INDArray> arrays) {
        return arrays.stream().mapToLong(Loops::source).toArray();
    }

    private static long[] targets(List<INDArray> arrays) {
        return arrays.stream().mapToLong(Loops::target).toArray();
    }
}
