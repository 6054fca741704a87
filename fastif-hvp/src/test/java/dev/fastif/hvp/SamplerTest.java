package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "7, 1", "7, 3", "7, 7", "390000, 64"})
    void samplesAreDistinctAndInRange(int examples, int size) {
        Sampler sampler = Sampler.uniform(1, examples, size);
        for (int step = 0; step < 200; step++) {
            int[] sample = sampler.sample(0, step);
            assertEquals(size, Arrays.stream(sample).distinct().count());
            assertTrue(Arrays.stream(sample).allMatch(id -> id >= 0 && id < examples));
        }
        if (size == examples) {
            assertArrayEquals(IntStream.range(0, size).toArray(), sampler.sample(3, 4));
        }
    }

    @Test
    void seedRepeatAndStepAloneDecide() {
        Set<String> seen = new HashSet<>();
        for (long seed = -2; seed <= 2; seed++) {
            for (int repeat = -1; repeat < 4; repeat++) {
                for (int step = 0; step < 20; step++) {
                    int[] sample = Sampler.uniform(seed, 1_000_000, 4).sample(repeat, step);
                    assertArrayEquals(
                            sample, Sampler.uniform(seed, 1_000_000, 4).sample(repeat, step));
                    seen.add(Arrays.toString(sample));
                }
            }
        }
        assertEquals(5 * 5 * 20, seen.size());
    }

    /** Each count is within five standard deviations: for random seeds this would fail once in 87,000 runs. */
    @ParameterizedTest
    @CsvSource({"20, 1", "20, 3", "20, 19"})
    void everyExampleIsEquallyLikely(int examples, int size) {
        int draws = 20_000;
        int[] counts = new int[examples];
        Sampler sampler = Sampler.uniform(42, examples, size);
        for (int draw = 0; draw < draws; draw++) {
            for (int id : sampler.sample(draw % 7, draw / 7)) {
                counts[id]++;
            }
        }
        double chance = (double) size / examples;
        double deviation = Math.sqrt(draws * chance * (1 - chance));
        for (int count : counts) {
            assertEquals(draws * chance, count, 5 * deviation);
        }
    }
}
