package dev.fastif.hvp.autodiff.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ArenaTest {
    private final Arena arena = new Arena();

    /** What a pass asks for, each filled with its number. */
    private List<INDArray> pass(long[]... shapes) {
        List<INDArray> arrays = new ArrayList<>();
        arena.begin();
        for (long[] shape : shapes) {
            INDArray array = arena.array(shape);
            assertArrayEquals(shape, array.shape());
            arrays.add(array.assign(arrays.size()));
        }
        requireApart(arrays);
        return arrays;
    }

    private static void requireApart(List<INDArray> arrays) {
        for (int i = 0; i < arrays.size(); i++) {
            assertEquals(arrays.get(i).ulike().assign(i), arrays.get(i));
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
    void partsAreFoundAgainToo() {
        List<INDArray> first = parts();
        assertSameArrays(first, parts());
    }

    private List<INDArray> parts() {
        arena.begin();
        INDArray whole = arena.array(4, 3);
        INDArray top = arena.part(whole, 0, 2, 3);
        INDArray bottom = arena.part(whole, 6, 1, 2, 3);
        top.assign(1);
        bottom.assign(2);
        assertEquals(1, whole.getInt(1, 2));
        assertEquals(2, whole.getInt(2, 0));
        assertEquals(18, whole.sumNumber().intValue());
        return List.of(whole, top, bottom);
    }

    @Test
    void theTreeGrowsAnewAtLast() {
        List<INDArray> before = pass(new long[] {5}, new long[] {6});
        for (int i = 0; i < 70; i++) {
            arena.begin();
            for (int j = 0; j < 1000; j++) {
                arena.array(j == 0 ? 100 + i : 1);
            }
        }
        List<INDArray> after = pass(new long[] {5}, new long[] {6});
        assertNotSame(before.get(0), after.get(0));
        assertSameArrays(after, pass(new long[] {5}, new long[] {6}));
    }

    @Test
    void itKnowsItsMemoryAndCanSpoilIt() {
        INDArray ours = pass(new long[] {7}, new long[] {3_000_000}).get(1);
        assertTrue(arena.contains(Session.address(ours)));
        assertTrue(arena.contains(Scratch.at(Session.address(ours), ours.length() - 1)));
        assertFalse(arena.contains(Session.address(Nd4j.create(DataType.FLOAT, 5))));
        arena.spoil();
        assertTrue(Float.isNaN(ours.getFloat(ours.length() - 1)));
    }
}
