package dev.fastif.hvp.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class ExtremesTest {
    @Test
    void halfAreTheLowestAndHalfTheHighest() {
        double[] influences = {0.5, -3, 2, 0, -1, 4, -1};
        assertArrayEquals(new int[] {5, 1, 2, 4}, Extremes.of(influences, 4));
        assertArrayEquals(new int[] {1}, Extremes.of(influences, 1));
        assertArrayEquals(new int[] {5, 1, 4}, Extremes.of(influences, 3));
        assertArrayEquals(new int[] {5, 1, 2, 4, 6, 0, 3}, Extremes.of(influences, 7));
    }

    @Test
    void examplesAreChosenOnceThoughAllAreEqual() {
        assertArrayEquals(new int[] {0, 1, 2}, Extremes.of(new double[3], 3));
    }
}
