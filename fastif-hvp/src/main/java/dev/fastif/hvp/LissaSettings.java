package dev.fastif.hvp;

/** What a run of LiSSA is determined by: J, B, T, lambda, sigma and the seed. */
record LissaSettings(int recursionDepth, int batchSize, int repeats, double damping, double scale, long seed) {
    /** The same with sigma and J doubled: as far on the way to the solution, with half the step. */
    LissaSettings halvedStep() {
        return new LissaSettings(
                Math.toIntExact(Math.min(Integer.MAX_VALUE, 2L * recursionDepth)),
                batchSize,
                repeats,
                damping,
                2 * scale,
                seed);
    }

    @Override
    public String toString() {
        return String.format(
                "LiSSA(J=%d, B=%d, T=%d, damping=%s, scale=%s, seed=%d)",
                recursionDepth, batchSize, repeats, damping, scale, seed);
    }
}
