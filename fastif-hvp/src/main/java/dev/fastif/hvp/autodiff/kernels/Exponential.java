package dev.fastif.hvp.autodiff.kernels;

/**
 * Falling exponentials and the normal distribution of many numbers, in single precision, wrong by less than 4e-7. Loops are so
 * short, and call nothing, that Java's compiler turns each into vector instructions.
 */
final class Exponential {
    /**
     * A polynomial p with {@code p(t)^-2} close to {@code exp(-2 t)} for all t &gt;= 0: its largest error was made smallest, and what
     * it says beyond t = 9 is less than 2e-8.
     */
    private static final float P1 = 0.9999996f;

    private static final float P2 = 0.50000983f;
    private static final float P3 = 0.16659401f;
    private static final float P4 = 0.04191127f;
    private static final float P5 = 0.0078953635f;
    private static final float P6 = 0.0018383357f;
    private static final float P7 = -7.422595e-5f;
    private static final float P8 = 1.2193446e-4f;
    private static final float P9 = -1.6421569e-5f;
    private static final float P10 = 2.0229793e-6f;

    /**
     * {@code (1 - Phi(a)) / phi(a)} is close to {@code s q(s)} with {@code s = 1 / (1 + SLOPE a)}, for a &gt;= 0: fitted in the same
     * way.
     */
    private static final float SLOPE = 0.4f;

    private static final float Q0 = 0.39382535f;
    private static final float Q1 = 0.46630234f;
    private static final float Q2 = 0.05047235f;
    private static final float Q3 = 0.8291945f;
    private static final float Q4 = -0.6242697f;
    private static final float Q5 = 0.13778937f;

    private static final float DENSITY_AT_ZERO = (float) (1 / Math.sqrt(2 * Math.PI));

    private Exponential() {}

    /** {@code out = factor * exp(-2 t)} for t &gt;= 0. */
    static void falling(float[] t, float factor, float[] out, int length) {
        for (int i = 0; i < length; i++) {
            out[i] = P8 + t[i] * (P9 + t[i] * P10);
        }
        for (int i = 0; i < length; i++) {
            out[i] = P6 + t[i] * (P7 + t[i] * out[i]);
        }
        for (int i = 0; i < length; i++) {
            out[i] = P4 + t[i] * (P5 + t[i] * out[i]);
        }
        for (int i = 0; i < length; i++) {
            out[i] = P2 + t[i] * (P3 + t[i] * out[i]);
        }
        for (int i = 0; i < length; i++) {
            out[i] = 1 + t[i] * (P1 + t[i] * out[i]);
        }
        for (int i = 0; i < length; i++) {
            out[i] = factor / (out[i] * out[i]);
        }
    }

    /** {@code out = phi(x)}, the normal distribution's density. */
    static void density(float[] x, float[] room, float[] out, int length) {
        for (int i = 0; i < length; i++) {
            room[i] = 0.25f * x[i] * x[i];
        }
        falling(room, DENSITY_AT_ZERO, out, length);
    }

    /** {@code out = 1 - Phi(|x|)}, what the normal distribution has beyond x, from its density there. */
    static void tail(float[] x, float[] density, float[] room, float[] out, int length) {
        for (int i = 0; i < length; i++) {
            room[i] = 1 / (1 + SLOPE * Math.abs(x[i]));
        }
        for (int i = 0; i < length; i++) {
            out[i] = Q3 + room[i] * (Q4 + room[i] * Q5);
        }
        for (int i = 0; i < length; i++) {
            out[i] = Q1 + room[i] * (Q2 + room[i] * out[i]);
        }
        for (int i = 0; i < length; i++) {
            out[i] = density[i] * room[i] * (Q0 + room[i] * out[i]);
        }
    }
}
