package dev.fastif.knn.internal;

import dev.fastif.core.Candidates;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Keeps the nearest of the examples that it is offered, ties by id: a bounded heap with the farthest on top. */
public final class NearestHeap {
    private final double[] distances;
    private final int[] ids;
    private int size;

    /** Makes a heap that keeps at most {@code capacity} examples, at least 1. */
    public NearestHeap(int capacity) {
        distances = new double[capacity];
        ids = new int[capacity];
    }

    /** Keeps this example if it is among the nearest so far. */
    public void offer(int id, double distance) {
        if (size < ids.length) {
            int child = size++;
            while (child > 0 && farther(distance, id, (child - 1) / 2)) {
                move((child - 1) / 2, child);
                child = (child - 1) / 2;
            }
            set(child, id, distance);
        } else if (!farther(distance, id, 0) && id != ids[0]) {
            replaceTop(id, distance);
        }
    }

    /** The kept ids, in no particular order. */
    public int[] ids() {
        return Arrays.copyOf(ids, size);
    }

    /** The largest distance that is kept. */
    public double farthest() {
        return distances[0];
    }

    /** The kept examples, nearest first, ties by id. */
    public Candidates sorted() {
        int[] order = IntStream.range(0, size)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> distances[i]).thenComparingInt(i -> ids[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        return Candidates.of(
                IntStream.of(order).map(i -> ids[i]).toArray(),
                IntStream.of(order).mapToDouble(i -> distances[i]).toArray());
    }

    private void replaceTop(int id, double distance) {
        int parent = 0;
        while (2 * parent + 1 < size) {
            int child = 2 * parent + 1;
            if (child + 1 < size && farther(distances[child + 1], ids[child + 1], child)) {
                child++;
            }
            if (farther(distance, id, child)) {
                break;
            }
            move(child, parent);
            parent = child;
        }
        set(parent, id, distance);
    }

    private boolean farther(double distance, int id, int position) {
        return distance > distances[position] || (distance == distances[position] && id > ids[position]);
    }

    private void move(int from, int to) {
        set(to, ids[from], distances[from]);
    }

    private void set(int position, int id, double distance) {
        ids[position] = id;
        distances[position] = distance;
    }
}
