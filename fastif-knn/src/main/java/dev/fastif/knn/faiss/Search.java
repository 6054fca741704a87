package dev.fastif.knn.faiss;

import dev.fastif.core.Candidates;
import dev.fastif.knn.faiss.FaissLibrary.Handle;
import dev.fastif.knn.internal.NearestHeap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;

/** Searches a FAISS index and settles in double precision what its floats leave open. */
final class Search {
    /** Neighbours found beyond those asked for, among which exact distances decide. */
    private static final int MARGIN = 64;

    /** Queries given to FAISS at once: its threads share them. */
    private static final int QUERIES = 64;

    /** Numbers found in one call, at most. */
    private static final int RESULTS = 1 << 20;

    private final Handle handle;
    private final IndexFile description;
    private final boolean keepsVectors;
    private final boolean graph;

    Search(Handle handle, IndexFile description) {
        this.handle = handle;
        this.description = description;
        this.keepsVectors = FaissLibrary.keepsVectors(handle);
        this.graph = FaissLibrary.isGraph(handle);
    }

    IndexFile description() {
        return description;
    }

    List<Candidates> nearest(Floats queries, int count, int k) {
        int wanted = (int) Math.min(description.size(), (long) k + MARGIN);
        int block = Math.max(1, Math.min(QUERIES, RESULTS / wanted));
        List<Candidates> all = new ArrayList<>();
        for (int start = 0; start < count; start += block) {
            int some = Math.min(block, count - start);
            List<Found> found = find(queries.row(start), some, wanted);
            for (int i = 0; i < some; i++) {
                all.add(settle(queries.row(start + i), k, found.get(i)));
            }
        }
        return all;
    }

    /** What FAISS found for one query: the ids, its distances, and whether it may know more. */
    private static final class Found {
        private final long[] ids;
        private final float[] distances;
        private final boolean complete;

        private Found(long[] ids, float[] distances, boolean complete) {
            this.ids = ids;
            this.distances = distances;
            this.complete = complete;
        }
    }

    private List<Found> find(FloatPointer queries, int count, int wanted) {
        long results = (long) count * wanted;
        try (FloatPointer distances = new FloatPointer(results);
                LongPointer ids = new LongPointer(results)) {
            FaissLibrary.search(handle, count, queries, wanted, description.efSearch(), distances, ids);
            List<Found> found = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                long[] each = new long[wanted];
                float[] distance = new float[wanted];
                ids.position((long) i * wanted).get(each);
                distances.position((long) i * wanted).get(distance);
                // FAISS fills up with -1 at the end
                int real = (int) LongStream.of(each).takeWhile(id -> id >= 0).count();
                boolean complete = real < wanted || wanted == description.size();
                found.add(new Found(Arrays.copyOf(each, real), Arrays.copyOf(distance, real), complete));
            }
            return found;
        }
    }

    private Candidates settle(FloatPointer query, int k, Found first) {
        if (!keepsVectors) {
            return estimated(k, first);
        }
        Found found = first;
        while (true) {
            NearestHeap nearest = new NearestHeap(k);
            offer(query, nearest, found.ids);
            boolean stranded = graph && found.complete && found.ids.length < description.size();
            if (found.ids.length < k || stranded) {
                return nearestOfAll(query, k);
            }
            if (found.complete || isBeyond(found, nearest.farthest())) {
                return nearest.sorted();
            }
            found = find(query, 1, (int) Math.min(description.size(), 4L * found.ids.length))
                    .get(0);
        }
    }

    /** Whether all that FAISS did not find is farther away than this: its floats err by less than this bound. */
    private boolean isBeyond(Found found, double squaredDistance) {
        double farthest = found.distances[found.distances.length - 1];
        double terms = description.dimension() + 4.0;
        return farthest * (1 - terms * 0x1p-24) - terms * Float.MIN_NORMAL > squaredDistance;
    }

    private void offer(FloatPointer query, NearestHeap nearest, long... ids) {
        try (LongPointer pointer = new LongPointer(ids);
                DoublePointer distances = new DoublePointer(ids.length)) {
            FaissLibrary.distances(handle, query, ids.length, pointer, distances);
            for (int i = 0; i < ids.length; i++) {
                nearest.offer((int) ids[i], distances.get(i));
            }
        }
    }

    private Candidates nearestOfAll(FloatPointer query, int k) {
        NearestHeap nearest = new NearestHeap(k);
        for (int start = 0; start < description.size(); start += RESULTS) {
            int end = (int) Math.min(description.size(), (long) start + RESULTS);
            offer(query, nearest, LongStream.range(start, end).toArray());
        }
        return nearest.sorted();
    }

    private Candidates estimated(int k, Found found) {
        if (found.ids.length < k) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "'%s' found %d of the %d nearest: raise nprobe or efSearch, or ask for fewer",
                    description.factory(),
                    found.ids.length,
                    k));
        }
        NearestHeap nearest = new NearestHeap(k);
        for (int i = 0; i < found.ids.length; i++) {
            nearest.offer((int) found.ids[i], found.distances[i]);
        }
        return nearest.sorted();
    }
}
