package dev.fastif.hvp;

import java.util.Locale;

/** What a run of LiSSA is determined by: J, B, T, lambda, sigma and the seed. */
record LissaSettings(int recursionDepth, int batchSize, int repeats, double damping, double scale, long seed) {
    /** The same with half the step, sigma doubled, and J doubled up to {@code maxRecursionDepth}: as far on the way. */
    LissaSettings halvedStep(int maxRecursionDepth) {
        int depth = (int) Math.max(recursionDepth, Math.min(maxRecursionDepth, 2L * recursionDepth));
        return new LissaSettings(depth, batchSize, repeats, damping, 2 * scale, seed);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "LiSSA(J=%d, B=%d, T=%d, damping=%s, scale=%s, seed=%d)",
                recursionDepth,
                batchSize,
                repeats,
                damping,
                scale,
                seed);
    }
}
