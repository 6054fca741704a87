package dev.fastif.hvp.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The K coordinates that were kept of all pairs of basis vectors: those in which gradients have the largest mean squares, block by
 * block in the order of the model's parameters.
 */
final class Coordinates {
    private final List<Kept> blocks;
    private final int size;

    /**
     * What is kept of a block.
     *
     * @param number the block's
     * @param first the position among all of the first of them; the others follow
     * @param rows for each its basis vector of the rows
     * @param columns for each its basis vector of the columns
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, nor changed once made
    record Kept(int number, Basis basis, int first, int[] rows, int[] columns) {
        int size() {
            return rows.length;
        }

        /** Takes the kept elements of the block, given row by row, to their places among all K. */
        void take(double[] block, double[] all) {
            for (int k = 0; k < rows.length; k++) {
                all[first + k] = block[rows[k] * basis.block().columns() + columns[k]];
            }
        }

        /** The other way. */
        void put(double[] all, double[] block) {
            for (int k = 0; k < rows.length; k++) {
                block[rows[k] * basis.block().columns() + columns[k]] = all[first + k];
            }
        }
    }

    private record Place(double square, int block, int element) {}

    private Coordinates(List<Kept> blocks, int size) {
        this.blocks = blocks;
        this.size = size;
    }

    /**
     * Keeps the coordinates of the largest mean squares; of equal ones those that come first.
     *
     * @param squares of each basis's block, row by row
     */
    static Coordinates largest(List<Basis> bases, List<double[]> squares, int count) {
        PriorityQueue<Place> kept = new PriorityQueue<>((p, q) -> {
            int bySquare = Double.compare(p.square, q.square);
            int byBlock = bySquare == 0 ? Integer.compare(q.block, p.block) : bySquare;
            return byBlock == 0 ? Integer.compare(q.element, p.element) : byBlock;
        });
        for (int block = 0; block < bases.size(); block++) {
            double[] own = squares.get(block);
            for (int element = 0; element < own.length; element++) {
                if (kept.size() < count) {
                    kept.add(new Place(own[element], block, element));
                } else if (own[element] > kept.element().square) {
                    kept.remove();
                    kept.add(new Place(own[element], block, element));
                }
            }
        }
        int[][] elements = new int[bases.size()][];
        for (int block = 0; block < elements.length; block++) {
            int own = block;
            elements[block] = kept.stream()
                    .filter(place -> place.block == own)
                    .mapToInt(Place::element)
                    .sorted()
                    .toArray();
        }
        return of(bases, elements);
    }

    /** These elements of each basis's block, in ascending order. */
    static Coordinates of(List<Basis> bases, int[]... elements) {
        List<Kept> blocks = new ArrayList<>();
        int first = 0;
        for (int b = 0; b < elements.length; b++) {
            int columns = bases.get(b).block().columns();
            blocks.add(new Kept(
                    b,
                    bases.get(b),
                    first,
                    Arrays.stream(elements[b]).map(e -> e / columns).toArray(),
                    Arrays.stream(elements[b]).map(e -> e % columns).toArray()));
            first += elements[b].length;
        }
        return new Coordinates(List.copyOf(blocks), first);
    }

    /** For each of these coordinates its position among others, of the same bases, that have all of them. */
    int[] positionsIn(Coordinates others) {
        int[] positions = new int[size];
        for (int b = 0; b < blocks.size(); b++) {
            Kept own = blocks.get(b);
            Kept other = others.blocks.get(b);
            int next = 0;
            for (int k = 0; k < own.size(); k++) {
                while (own.rows[k] != other.rows[next] || own.columns[k] != other.columns[next]) {
                    next++;
                }
                positions[own.first + k] = other.first + next;
            }
        }
        return positions;
    }

    /** K. */
    int size() {
        return size;
    }

    List<Kept> blocks() {
        return blocks;
    }

    /**
     * Those basis vectors of one side that are needed, and where each coordinate's is among them.
     *
     * @param vectors of the side [d, used] as columns; null for its elements as they are
     * @param used the numbers of the basis vectors
     * @param place for each coordinate
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, nor changed once made
    record Side(@Nullable INDArray vectors, int[] used, int[] place) {
        static Side of(@Nullable INDArray basis, int... needed) {
            int[] used = Arrays.stream(needed).distinct().sorted().toArray();
            int[] place =
                    Arrays.stream(needed).map(i -> Arrays.binarySearch(used, i)).toArray();
            INDArray vectors = basis == null || used.length == 0
                    ? null
                    : basis.get(
                                    NDArrayIndex.all(),
                                    NDArrayIndex.indices(
                                            Arrays.stream(used).asLongStream().toArray()))
                            .dup('c');
            return new Side(vectors, used, place);
        }

        /** Rows [r, d] in the basis vectors that are needed, [r, used], row by row. */
        double[] of(INDArray rows) {
            if (vectors != null) {
                return Matrices.elements(rows.mmul(vectors));
            }
            int d = Math.toIntExact(rows.size(1));
            double[] all = Matrices.elements(rows);
            if (used.length == d) {
                return all;
            }
            int count = Math.toIntExact(rows.size(0));
            double[] picked = new double[count * used.length];
            for (int r = 0; r < count; r++) {
                for (int k = 0; k < used.length; k++) {
                    picked[r * used.length + k] = all[r * d + used[k]];
                }
            }
            return picked;
        }
    }
}
