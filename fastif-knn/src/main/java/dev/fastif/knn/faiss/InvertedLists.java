package dev.fastif.knn.faiss;

import static dev.fastif.knn.faiss.IndexBytes.require;

import java.io.IOException;
import java.util.BitSet;

/** Checks an index of inverted lists for {@link IndexStructure}: each vector is in one place, and found there. */
final class InvertedLists {
    private static final int LIST_SHIFT = 32;

    private final IndexBytes bytes;
    private final IndexStructure structure;
    private final int n;
    private final BitSet seen = new BitSet();
    private long[] places = {};

    InvertedLists(IndexBytes bytes, IndexStructure structure, int n) {
        this.bytes = bytes;
        this.structure = structure;
        this.n = n;
    }

    /** Checks what follows the header of an index of this kind. */
    void check(String kind, int d, int depth) throws IOException {
        long lists = bytes.size();
        require(lists > 0 && lists <= Math.min(bytes.left() / Long.BYTES, 1 << 30), "it has %d lists", lists);
        long probed = bytes.size();
        require(probed > 0 && probed <= lists, "of %d lists it looks into %d", lists, probed);
        structure.quantizer(d, (int) lists, depth);
        directMap(depth == 0 && kind.equals("IwFl"));
        switch (kind) {
            case "IwFl" -> plain((int) lists, 4L * d);
            case "IwSq" -> {
                long code = structure.scalarQuantizer(d);
                bytes.requireSize("the size of a code", code);
                bytes.bool();
                plain((int) lists, code);
            }
            case "IwPQ" -> {
                bytes.bool();
                long code = bytes.size();
                require(structure.productQuantizer(d, 12) == code, "codes of %d bytes are none of the quantizer", code);
                plain((int) lists, code);
            }
            default -> inBlocks((int) lists, d);
        }
        require(seen.cardinality() == n, "%d of %d vectors are in its lists", seen.cardinality(), n);
    }

    /** Where each vector is: list and place in it, if that is kept. */
    private void directMap(boolean needed) throws IOException {
        boolean kept = bytes.bool();
        places = bytes.sizes("places");
        require(places.length == (kept ? n : 0), "%d of %d vectors have a place", places.length, n);
        require(kept || !needed, "vectors have no place to be found at");
    }

    private void id(long id, long list, long position) throws IOException {
        require(id >= 0 && id < n && !seen.get((int) id), "list %d has vector %d at %d", list, id, position);
        seen.set((int) id);
        require(
                places.length == 0 || places[(int) id] == (list << LIST_SHIFT | position),
                "vector %d is not where it should be",
                id);
    }

    private void plain(int lists, long code) throws IOException {
        String kind = bytes.fourLetters();
        require(kind.equals("ilar"), "its lists are of the kind '%s'", kind);
        bytes.requireSize("the number of lists", lists);
        bytes.requireSize("the size of a code", code);
        long[] sizes = sizes(lists);
        long total = 0;
        for (long size : sizes) {
            require(size >= 0 && size <= n - total, "its lists have more than %d vectors", n);
            total += size;
        }
        for (int list = 0; list < lists; list++) {
            bytes.skipBytes("bytes of codes", sizes[list] * code);
            for (long i = 0; i < sizes[list]; i++) {
                id(bytes.size(), list, i);
            }
        }
    }

    private long[] sizes(int lists) throws IOException {
        String layout = bytes.fourLetters();
        long[] given = bytes.sizes("sizes of lists");
        if (layout.equals("full")) {
            require(given.length == lists, "%d of %d lists have a size", given.length, lists);
            return given;
        }
        require(layout.equals("sprs") && given.length % 2 == 0, "its lists are laid out as '%s'", layout);
        long[] sizes = new long[lists];
        for (int i = 0; i < given.length; i += 2) {
            require(given[i] >= 0 && given[i] < lists, "list %d of %d has a size", given[i], lists);
            sizes[(int) given[i]] = given[i + 1];
        }
        return sizes;
    }

    private void inBlocks(int lists, int d) throws IOException {
        bytes.bool();
        long code = bytes.size();
        int block = IndexStructure.FastScan.BLOCK;
        bytes.requireInteger("the size of a block", block, block);
        long parts = bytes.size();
        bytes.requireInteger("the implementation", 0, 0);
        bytes.requireSize("the queries of a block", 0);
        IndexStructure.FastScan quantizer = structure.fastScanQuantizer(d);
        require(
                code == quantizer.codeBytes() && parts == quantizer.blockBytes() * 2 / block,
                "codes of %d bytes in %d parts are none of the quantizer",
                code,
                parts);
        String kind = bytes.fourLetters();
        require(kind.equals("ilbl"), "its lists are of the kind '%s'", kind);
        bytes.requireSize("the number of lists", lists);
        long ofLists = bytes.size();
        require(ofLists == code || ofLists == -1, "the size of a code is %d, not %d", ofLists, code); // -1: none
        bytes.requireSize("the vectors of a block", block);
        bytes.requireSize("the size of a block", quantizer.blockBytes());
        for (int list = 0; list < lists; list++) {
            long[] ids = bytes.sizes("ids");
            for (int i = 0; i < ids.length; i++) {
                id(ids[i], list, i);
            }
            bytes.requireBytes("codes", (ids.length + block - 1L) / block * quantizer.blockBytes());
        }
    }
}
