package dev.fastif.knn.faiss;

import static dev.fastif.knn.faiss.IndexBytes.require;

import dev.fastif.core.internal.store.ForeignFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The structure of an index as FAISS 1.7 writes it, of the kinds that {@link Factory} allows. FAISS allocates what a size says, follows
 * links and ids wherever they lead, and reads what is nested as deeply as it comes: here each size, link and id is compared with the
 * others first. What passes can be read and searched without a fault; whether it is the index that was built is for checksums to say.
 */
final class IndexStructure {
    private static final int DEEPEST = 8;
    private static final int MOST_TRANSFORMS = 16;
    private static final int L2 = 1;
    private static final int MOST_BITS = 12;

    private final IndexBytes bytes;

    private IndexStructure(IndexBytes bytes) {
        this.bytes = bytes;
    }

    /** Checks FAISS's part of a file; throws {@link IOException} saying what is wrong with it. */
    static void check(Path file, ForeignFile.Found found, int d, int n) throws IOException {
        try (IndexBytes bytes = new IndexBytes(file, found.offset(), found.length())) {
            new IndexStructure(bytes).index(d, n, 0);
            require(bytes.left() == 0, "%d bytes follow its end", bytes.left());
        }
    }

    /** An index of n vectors of d numbers; returns its kind. */
    private String index(int d, int n, int depth) throws IOException {
        require(depth < DEEPEST, "indexes are nested more than %d deep", DEEPEST);
        String kind = bytes.fourLetters();
        bytes.requireInteger("the dimension", d, d);
        bytes.requireSize("the number of vectors", n);
        bytes.size(); // two that FAISS does not read
        bytes.size();
        require(bytes.bool(), "it is not trained");
        bytes.requireInteger("the metric", L2, L2);
        switch (kind) {
            case "IxF2", "IxFl" -> bytes.requireNumbers("vectors' elements", (long) n * d);
            case "IxPq" -> productQuantized(d, n);
            case "IxSQ" -> bytes.requireBytes("codes", n * scalarQuantizer(d));
            case "IPfs" -> fastScan(d, n);
            case "IHNf", "IHNp", "IHNs" -> graph(kind, d, n, depth);
            case "IwFl", "IwSq", "IwPQ", "IwPf" -> new InvertedLists(bytes, this, n).check(kind, d, depth);
            case "IxPT" -> transformed(d, n, depth);
            case "IxRF" -> {
                index(d, n, depth + 1);
                String refining = index(d, n, depth + 1);
                require(refining.startsWith("IxF") || refining.equals("IxSQ"), "%s refines it", refining);
                require(bytes.number() >= 1, "the factor of refinement is less than 1");
            }
            default -> throw new IOException("it has a part of the kind '" + kind + "', which fastif does not build");
        }
        return kind;
    }

    /** What the lists' centroids are found by. */
    void quantizer(int d, int lists, int depth) throws IOException {
        String kind = index(d, lists, depth + 1);
        require(kind.startsWith("IxF") || kind.equals("IHNf"), "the centroids are in a %s", kind);
    }

    /** A product quantizer of d numbers; returns the bytes of a code. */
    long productQuantizer(int d, int mostBits) throws IOException {
        return productQuantizer(d, 1, mostBits)[0];
    }

    private long[] productQuantizer(int d, int leastBits, int mostBits) throws IOException {
        bytes.requireSize("the quantizer's dimension", d);
        long parts = bytes.size();
        require(parts > 0 && parts <= d && d % parts == 0, "%d numbers have %d parts", d, parts);
        long bits = bytes.size();
        require(bits >= leastBits && bits <= mostBits, "codes have %d bits", bits);
        bytes.requireNumbers("centroids' elements", (long) d << bits);
        return new long[] {(bits * parts + 7) / 8, parts};
    }

    private void productQuantized(int d, int n) throws IOException {
        bytes.requireBytes("codes", n * productQuantizer(d, MOST_BITS));
        bytes.requireInteger("the type of search", 0, 0);
        require(!bytes.bool(), "codes are signs");
        bytes.integer(); // the threshold of another type of search
    }

    /** A scalar quantizer; returns the bytes of a code. */
    long scalarQuantizer(int d) throws IOException {
        int type = bytes.integer();
        bytes.requireInteger("the statistic of the range", 0, 3);
        bytes.number();
        bytes.requireSize("the quantizer's dimension", d);
        long[] codeAndTrained =
                switch (type) {
                    case 0 -> new long[] {d, 2L * d}; // 8 bits
                    case 1 -> new long[] {(d + 1) / 2, 2L * d}; // 4 bits
                    case 4 -> new long[] {2L * d, 0}; // half precision
                    case 6 -> new long[] {(6L * d + 7) / 8, 2L * d}; // 6 bits
                    default -> throw new IOException("the scalar quantizer has type " + type);
                };
        bytes.requireSize("the size of a code", codeAndTrained[0]);
        bytes.requireNumbers("numbers of the range", codeAndTrained[1]);
        return codeAndTrained[0];
    }

    /** A product quantizer of four bits. */
    record FastScan(long codeBytes, long blockBytes) {
        static final int BLOCK = 32;
    }

    FastScan fastScanQuantizer(int d) throws IOException {
        long[] codeAndParts = productQuantizer(d, 4, 4);
        return new FastScan(codeAndParts[0], FastScan.BLOCK * ((codeAndParts[1] + 1) / 2));
    }

    private void fastScan(int d, int n) throws IOException {
        FastScan quantizer = fastScanQuantizer(d);
        bytes.requireInteger("the implementation", 0, 0);
        bytes.requireInteger("the size of a block", FastScan.BLOCK, FastScan.BLOCK);
        bytes.requireInteger("the queries of a block", 0, 0);
        long blocks = (n + FastScan.BLOCK - 1L) / FastScan.BLOCK;
        bytes.requireSize("the number of padded vectors", blocks * FastScan.BLOCK);
        bytes.requireSize("the number of padded parts", quantizer.blockBytes() * 2 / FastScan.BLOCK);
        bytes.requireBytes("codes", blocks * quantizer.blockBytes());
    }

    private void graph(String kind, int d, int n, int depth) throws IOException {
        int probabilities = bytes.length("probabilities of levels", Double.BYTES);
        bytes.skipBytes("probabilities of levels", (long) probabilities * Double.BYTES);
        int[] links = bytes.integers("links of levels");
        int[] levels = bytes.integers("levels");
        long[] offsets = bytes.sizes("offsets");
        int[] neighbours = bytes.integers("neighbours");
        int entry = bytes.integer();
        int highest = bytes.integer();
        bytes.requireInteger("efConstruction", 1, IndexFile.MOST_EFFORT);
        bytes.requireInteger("efSearch", 1, IndexFile.MOST_EFFORT);
        bytes.requireInteger("the upper beam", 1, 1);
        require(levels.length == n && offsets.length == n + 1L, "%d of %d vectors are in the graph", levels.length, n);
        require(links.length > 0 && links[0] == 0, "the lowest level begins nowhere");
        for (int i = 1; i < links.length; i++) {
            require(links[i] > links[i - 1], "level %d has no links", i - 1);
        }
        require(n == 0 || (entry >= 0 && entry < n && highest == levels[entry] - 1), "the entry is no vector");
        require(offsets[0] == 0 && offsets[n] == neighbours.length, "the links are not those of the vectors");
        for (int i = 0; i < n; i++) {
            require(levels[i] > 0 && levels[i] < links.length && levels[i] <= highest + 1, "vector %d has no level", i);
            require(offsets[i + 1] - offsets[i] == links[levels[i]], "vector %d has another number of links", i);
            for (int level = 0; level < levels[i]; level++) {
                for (int j = links[level]; j < links[level + 1]; j++) {
                    int other = neighbours[(int) offsets[i] + j];
                    require(
                            other == -1 || (other >= 0 && other < n && levels[other] > level),
                            "vector %d is linked with %d at level %d",
                            i,
                            other,
                            level);
                }
            }
        }
        String storage = index(d, n, depth + 1);
        boolean fits =
                switch (kind) {
                    case "IHNf" -> storage.startsWith("IxF");
                    case "IHNp" -> storage.equals("IxPq");
                    default -> storage.equals("IxSQ");
                };
        require(fits, "a graph %s has its vectors in a %s", kind, storage);
    }

    private void transformed(int d, int n, int depth) throws IOException {
        int count = bytes.integer();
        require(count > 0 && count <= MOST_TRANSFORMS, "it has %d transforms", count);
        int size = d;
        for (int i = 0; i < count; i++) {
            size = transform(size);
        }
        index(size, n, depth + 1);
    }

    /** A linear transform of so many numbers; returns how many it gives. */
    private int transform(int from) throws IOException {
        String kind = bytes.fourLetters();
        long square = (long) from * from;
        switch (kind) {
            case "rrot", "LTra" -> {}
            case "Pcam" -> {
                bytes.number();
                bytes.number();
                bytes.bool();
                bytes.requireInteger("balanced bins", 0, from);
                bytes.skipNumbersUpTo("means", from);
                bytes.skipNumbersUpTo("eigenvalues", from);
                bytes.skipNumbersUpTo("eigenvectors", square);
            }
            default ->
                throw new IOException("it has a transform of the kind '" + kind + "', which fastif does not build");
        }
        boolean biased = bytes.bool();
        long elements = bytes.skipNumbersUpTo("elements of a transform", Long.MAX_VALUE);
        long bias = bytes.skipNumbersUpTo("elements of a bias", Long.MAX_VALUE);
        bytes.requireInteger("the transform's dimension", from, from);
        int to = bytes.integer();
        require(to > 0 && elements == (long) from * to, "a transform of %d to %d has %d elements", from, to, elements);
        require(bias == to || (!biased && bias == 0), "a transform to %d numbers adds %d", to, bias);
        require(bytes.bool(), "a transform is not trained");
        return to;
    }
}
