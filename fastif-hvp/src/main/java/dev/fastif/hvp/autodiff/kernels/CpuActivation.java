package dev.fastif.hvp.autodiff.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function of every element, in single precision, with what differentiation asks of it in one walk each. */
enum CpuActivation {
    /** {@code x Phi(x)}. */
    GELU {
        // x Phi(x) = max(x, 0) - |x| (1 - Phi(|x|))
        @Override
        void values(float[] x, float[] first, float[][] temporary, int length) {
            float[] tail = slopes(x, first, temporary, length);
            for (int i = 0; i < length; i++) {
                x[i] = 0.5f * (x[i] + Math.abs(x[i])) - Math.abs(x[i]) * tail[i];
            }
        }

        // (2 - x^2) phi
        @Override
        void derivatives(float[] x, float[] first, float[][] temporary, int length) {
            slopes(x, first, temporary, length);
            float[] density = temporary[DENSITY];
            for (int i = 0; i < length; i++) {
                x[i] = (2 - x[i] * x[i]) * density[i];
            }
        }

        // Phi + x phi, with Phi = 1/2 + sign(x) (1/2 - (1 - Phi(|x|)))
        private float[] slopes(float[] x, float[] first, float[][] temporary, int length) {
            float[] room = temporary[ROOM];
            float[] density = temporary[DENSITY];
            float[] tail = temporary[TAIL];
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
        void values(float[] x, float[] first, float[][] temporary, int length) {
            float[] size = temporary[ROOM];
            float[] e = temporary[TAIL];
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
        void derivatives(float[] x, float[] first, float[][] temporary, int length) {
            values(x, first, temporary, length);
            for (int i = 0; i < length; i++) {
                x[i] *= -2 * first[i];
            }
        }
    },

    /** {@code max(x, 0)}, with derivative 0 at 0. */
    RELU {
        @Override
        void values(float[] x, float[] first, float[][] temporary, int length) {
            for (int i = 0; i < length; i++) {
                first[i] = x[i] > 0 ? 1 : 0;
                x[i] = Math.max(x[i], 0);
            }
        }

        @Override
        void derivatives(float[] x, float[] first, float[][] temporary, int length) {
            for (int i = 0; i < length; i++) {
                first[i] = x[i] > 0 ? 1 : 0;
                x[i] = 0;
            }
        }
    },

    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID {
        @Override
        void values(float[] x, float[] first, float[][] temporary, int length) {
            for (int i = 0; i < length; i++) {
                x[i] = (float) (1 / (1 + Math.exp(-x[i])));
                first[i] = x[i] * (1 - x[i]);
            }
        }

        @Override
        void derivatives(float[] x, float[] first, float[][] temporary, int length) {
            values(x, first, temporary, length);
            for (int i = 0; i < length; i++) {
                x[i] = (1 - 2 * x[i]) * first[i];
            }
        }
    };

    static CpuActivation of(Activation function) {
        return valueOf(function.name());
    }

    private static final int ROOM = 0;
    private static final int DENSITY = 1;
    private static final int TAIL = 2;
    private static final int TEMPORARIES = 3;

    /** What keeps 0 / 0 from being asked for. */
    private static final float TINY = 1e-30f;

    /** Replaces each x by its value, and sets the first derivative; writes to the temporaries. */
    abstract void values(float[] x, float[] first, float[][] temporary, int length);

    /** Replaces each x by the second derivative, and sets the first; writes to the temporaries. */
    abstract void derivatives(float[] x, float[] first, float[][] temporary, int length);

    /** See {@link Kernels#activate}. */
    List<INDArray> forward(Session session, INDArray x, List<INDArray> tangents) {
        List<INDArray> out = like(session, x, 1 + tangents.size());
        RowWalk walk = new RowWalk(session, x, 1);
        int y = walk.read(x);
        int slope = walk.room();
        int[] temporary = temporaries(walk);
        int[] dx = tangents.stream().mapToInt(walk::read).toArray();
        walk.writeFrom(y, out.get(0));
        for (int k = 0; k < dx.length; k++) {
            walk.writeFrom(dx[k], out.get(k + 1));
        }
        walk.run((rooms, start, length) -> {
            float[] first = rooms[slope];
            values(rooms[y], first, named(rooms, temporary), length);
            for (int k : dx) {
                float[] tangent = rooms[k];
                for (int i = 0; i < length; i++) {
                    tangent[i] *= first[i];
                }
            }
        });
        return out;
    }

    /** See {@link Kernels#activateBack}. */
    List<INDArray> back(Session session, INDArray x, INDArray g, List<INDArray> xTangents, List<INDArray> gTangents) {
        List<INDArray> out = like(session, x, 1 + xTangents.size());
        RowWalk walk = new RowWalk(session, x, 1);
        int curve = walk.read(x);
        int slope = walk.room();
        int[] temporary = temporaries(walk);
        int ofG = walk.read(g);
        int ofBack = walk.write(out.get(0), 1);
        int[] dx = xTangents.stream().mapToInt(walk::read).toArray();
        int[] dg = gTangents.stream().mapToInt(walk::read).toArray();
        for (int k = 0; k < dx.length; k++) {
            walk.writeFrom(dx[k], out.get(k + 1));
        }
        walk.run((rooms, start, length) -> {
            float[] second = rooms[curve];
            float[] first = rooms[slope];
            derivatives(second, first, named(rooms, temporary), length);
            float[] bend = rooms[ofG];
            float[] back = rooms[ofBack];
            for (int i = 0; i < length; i++) {
                back[i] = first[i] * bend[i];
                bend[i] *= second[i];
            }
            for (int k = 0; k < dx.length; k++) {
                float[] ofX = rooms[dx[k]];
                float[] ofAdjoint = rooms[dg[k]];
                for (int i = 0; i < length; i++) {
                    ofX[i] = bend[i] * ofX[i] + first[i] * ofAdjoint[i];
                }
            }
        });
        return out;
    }

    private static int[] temporaries(RowWalk walk) {
        int[] rooms = new int[TEMPORARIES];
        Arrays.setAll(rooms, i -> walk.room());
        return rooms;
    }

    private static float[][] named(float[][] rooms, int... numbers) {
        return new float[][] {rooms[numbers[ROOM]], rooms[numbers[DENSITY]], rooms[numbers[TAIL]]};
    }

    private static List<INDArray> like(Session session, INDArray x, int count) {
        List<INDArray> arrays = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            arrays.add(session.array(x.shape()));
        }
        return arrays;
    }
}
