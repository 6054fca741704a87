package dev.fastif.hvp;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Which training examples a stochastic solver looks at in each step. */
@FunctionalInterface
interface Sampler {
    /** What samples are drawn for besides the repeats of a solver: each has random numbers of its own. */
    enum Stream {
        /** The examples that a solution's residual is measured on. */
        RESIDUAL(-1),

        /** The steps by which a step size is found. */
        TUNING(-2),

        /** The examples that a preconditioner is made of. */
        PRECONDITIONER(-3);

        private final int number;

        Stream(int number) {
            this.number = number;
        }
    }

    /** The sample of a step of a repeat, both counted from 0. */
    int[] sample(int repeat, int step);

    /** The sample of a step of another stream. */
    default int[] sample(Stream stream, int step) {
        return sample(stream.number, step);
    }

    /**
     * Samples of {@code size} distinct examples of {@code examples}, uniform and independent, each determined by the seed,
     * the repeat and the step alone: repeats can run anywhere in any order.
     */
    static Sampler uniform(long seed, int examples, int size) {
        return (repeat, step) -> distinct(new SplittableRandom(mix(seed, repeat, step)), examples, size);
    }

    /** Floyd's method: {@code size} distinct numbers below {@code bound} in time that does not depend on the bound. */
    private static int[] distinct(SplittableRandom random, int bound, int size) {
        int[] chosen = new int[size];
        java.util.Set<Integer> seen = new java.util.HashSet<>();
        for (int i = 0; i < size; i++) {
            int top = bound - size + i;
            int candidate = random.nextInt(top + 1);
            chosen[i] = seen.add(candidate) ? candidate : top;
            seen.add(chosen[i]);
        }
        Arrays.sort(chosen);
        return chosen;
    }

    private static long mix(long seed, int repeat, int step) {
        return new SplittableRandom(seed ^ ((long) repeat << 32 | step) * 0x9E3779B97F4A7C15L).nextLong();
    }
}
