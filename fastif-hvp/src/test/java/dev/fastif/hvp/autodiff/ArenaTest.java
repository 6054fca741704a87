package dev.fastif.hvp.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class ArenaTest {
    private static final Arena.Pool POOL = new Arena.Pool();

    /** What a pass asks for, each filled with its number. */
    private static List<INDArray> pass(long[]... shapes) {
        List<INDArray> arrays = new ArrayList<>();
        try (Arena arena = POOL.open()) {
            for (long[] shape : shapes) {
                INDArray array = Arena.array(shape);
                assertArrayEquals(shape, array.shape());
                arrays.add(array.assign(arrays.size()));
            }
            requireApart(arrays);
        }
        return arrays;
    }

    private static void requireApart(List<INDArray> arrays) {
        for (int i = 0; i < arrays.size(); i++) {
            assertEquals(i, arrays.get(i).minNumber().intValue());
            assertEquals(i, arrays.get(i).maxNumber().intValue());
        }
    }

    private static void assertSameArrays(List<INDArray> expected, List<INDArray> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertSame(expected.get(i), actual.get(i));
        }
    }

    @Test
    void aPassIsGivenTheArraysOfOneLikeIt() {
        long[][] shapes = {{3, 4}, {7}, {2, 3, 5}, {7}, {1, 1}};
        assertSameArrays(pass(shapes), pass(shapes));
    }

    @Test
    void passesMayPartAnywhere() {
        List<INDArray> first = pass(new long[] {30}, new long[] {40}, new long[] {50});
        List<INDArray> second = pass(new long[] {30}, new long[] {4, 10}, new long[] {500}, new long[] {50});
        List<INDArray> third = pass(new long[] {31}, new long[] {40});
        assertSame(first.get(0), second.get(0));
        assertNotSame(first.get(1), second.get(1));
        assertSameArrays(first, pass(new long[] {30}, new long[] {40}, new long[] {50}));
        assertSameArrays(third, pass(new long[] {31}, new long[] {40}));
        assertSameArrays(first.subList(0, 1), pass(new long[] {30}));
    }

    @Test
    void largeArraysFollowSmallOnes() {
        long[][] shapes = {{9}, {3_000_000}, {9}, {5_000_000}, {200_000}, {4_000_000}};
        assertSameArrays(pass(shapes), pass(shapes));
    }

    @Test
    void aPassWithinAPassLeavesItsArraysAlone() {
        List<INDArray> arrays = new ArrayList<>();
        try (Arena outer = POOL.open()) {
            arrays.add(Arena.array(20).assign(0));
            try (Arena inner = POOL.open()) {
                arrays.add(Arena.array(20).assign(1));
            }
            arrays.add(Arena.array(20).assign(2));
            requireApart(arrays);
        }
    }

    @Test
    void aPassThatFailedIsOver() {
        List<INDArray> before = pass(new long[] {11}, new long[] {12});
        assertThrows(IllegalStateException.class, () -> {
            try (Arena arena = POOL.open()) {
                Arena.array(11);
                throw new IllegalStateException();
            }
        });
        assertSameArrays(before, pass(new long[] {11}, new long[] {12}));
    }

    @Test
    void withoutAPassArraysAreTheCallersForGood() {
        INDArray a = Arena.array(2, 3).assign(1);
        INDArray b = Arena.array(2, 3).assign(2);
        pass(new long[] {2, 3});
        assertEquals(6, a.sumNumber().intValue());
        assertEquals(12, b.sumNumber().intValue());
        assertEquals(4, Arena.part(b, 3, 2).sumNumber().intValue());
    }

    @Test
    void partsAreFoundAgainToo() {
        List<INDArray> first = parts();
        assertSameArrays(first, parts());
    }

    private static List<INDArray> parts() {
        try (Arena arena = POOL.open()) {
            INDArray whole = Arena.array(4, 3);
            INDArray top = Arena.part(whole, 0, 2, 3);
            INDArray bottom = Arena.part(whole, 6, 1, 2, 3);
            top.assign(1);
            bottom.assign(2);
            assertEquals(1, whole.getInt(1, 2));
            assertEquals(2, whole.getInt(2, 0));
            assertEquals(18, whole.sumNumber().intValue());
            return List.of(whole, top, bottom);
        }
    }

    @Test
    void whatOneThreadLeavesAnotherUses() throws Exception {
        List<INDArray> before = pass(new long[] {21}, new long[] {22});
        List<INDArray> after = CompletableFuture.supplyAsync(() -> pass(new long[] {21}, new long[] {22}))
                .get();
        assertSameArrays(before, after);
    }

    @Test
    void passesAtTheSameTimeHaveArraysOfTheirOwn() throws Exception {
        try (Arena arena = POOL.open()) {
            INDArray ours = Arena.array(23).assign(0);
            List<INDArray> others =
                    CompletableFuture.supplyAsync(() -> pass(new long[] {23})).get();
            others.get(0).assign(5);
            assertNotSame(ours, others.get(0));
            assertEquals(0, ours.sumNumber().intValue());
        }
    }

    @Test
    void theTreeGrowsAnewAtLast() {
        List<INDArray> before = pass(new long[] {5}, new long[] {6});
        for (int i = 0; i < 70; i++) {
            try (Arena arena = POOL.open()) {
                for (int j = 0; j < 1000; j++) {
                    Arena.array(j == 0 ? 100 + i : 1);
                }
            }
        }
        List<INDArray> after = pass(new long[] {5}, new long[] {6});
        assertNotSame(before.get(0), after.get(0));
        assertSameArrays(after, pass(new long[] {5}, new long[] {6}));
    }
}
