package dev.fastif.hvp.index;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The examples of the lowest and of the highest influence. */
final class Extremes {
    private Extremes() {}

    /**
     * Half of them of the lowest, half of the highest influence, ties by id; the largest magnitude first.
     *
     * @param influences by id
     * @param count from 1 to their number
     */
    static int[] of(double[] influences, int count) {
        Integer[] ascending = IntStream.range(0, influences.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> influences[i]))
                .toArray(Integer[]::new);
        int low = (count + 1) / 2;
        return IntStream.range(0, count)
                .map(i -> i < low ? ascending[i] : ascending[ascending.length - 1 - (i - low)])
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -Math.abs(influences[i]))
                        .thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
