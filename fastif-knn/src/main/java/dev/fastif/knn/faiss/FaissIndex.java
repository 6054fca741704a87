package dev.fastif.knn.faiss;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.core.internal.Check;
import dev.fastif.knn.faiss.FaissLibrary.Handle;
import dev.fastif.knn.internal.SearchArguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Nearest neighbours by FAISS, of any kind that its factory strings name: {@code Flat} (exact), {@code IVF1024,Flat}
 * (inverted lists), {@code HNSW32,Flat} (a graph), and those that compress.
 *
 * <pre>{@code
 * InfluenceEngine.builder(model, trainingSet)
 *         .index(FaissIndex.builder().factory("IVF1024,Flat").nprobe(128)::build)
 * }</pre>
 *
 * <p>Features and queries are rounded to FLOAT. Of kinds that keep the vectors as they are, a few more neighbours are
 * found than asked for, their distances computed again in double precision, ties broken by id: {@code Flat} answers
 * exactly, {@code IVF} exactly within the lists that it probes, {@code HNSW} among what its graph reaches. Where fewer
 * than k are found at all, or floats cannot tell far more than k apart, the query is compared with every example.
 * Distances of kinds that compress ({@code PQ}, {@code SQ}, {@code PCA}) are FAISS's estimates.
 *
 * <p>The same features and options give the same index and the same answers, whatever the number of threads that search.
 * Immutable and thread-safe; closing waits for searches that run. Needs the native library: see {@link #isAvailable}.
 */
public final class FaissIndex implements CandidateIndex {
    private final NativeIndex index;
    private final String factory;
    private final int size;
    private final int dimension;
    private final Search search;

    private FaissIndex(NativeIndex index, IndexFile description) {
        this.index = index;
        this.factory = description.factory();
        this.size = description.size();
        this.dimension = description.dimension();
        this.search = index.use(handle -> new Search(handle, description));
    }

    /** Whether the native library of this platform was built and loads. */
    public static boolean isAvailable() {
        return FaissNative.isAvailable();
    }

    /** Which native library is loaded, or why none is and what to do. */
    public static String nativeLibrary() {
        return FaissNative.description();
    }

    /** Returns a builder of {@code Flat} indexes with FAISS's own options. */
    public static Builder builder() {
        return new Builder("Flat", 0, 0, 0, 1234);
    }

    /** The factory string that the index was built with. */
    public String factory() {
        return factory;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the index is closed; or if its kind compresses and it finds fewer than k
     */
    @Override
    public List<Candidates> search(INDArray queries, int k) {
        SearchArguments.check(this, queries, k);
        return index.use(handle -> {
            try (Floats floats = Floats.of("queries", queries)) {
                return search.nearest(floats, Math.toIntExact(queries.size(0)), k);
            }
        });
    }

    /**
     * Saves the index with its options. The file is replaced in one step: whatever happens, it holds the old index or the
     * new one.
     *
     * @throws IOException if it cannot be written
     */
    public void save(Path file) throws IOException {
        try {
            index.use(handle -> {
                try {
                    search.description().write(file, part -> append(handle, part));
                    return file;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void append(Handle handle, Path part) throws IOException {
        try {
            FaissLibrary.append(handle, part.toString());
        } catch (RuntimeException e) {
            throw new IOException("the index could not be written to " + part + ": " + e.getMessage(), e);
        }
    }

    /**
     * Loads an index that {@link #save} wrote. Checksums and structure are compared before FAISS, which believes what it reads, is
     * given the file. Checksums do not tell who wrote it: do not load indexes of strangers, whose neighbours may be any.
     *
     * @throws dev.fastif.core.DamagedFileException if the file is damaged, of another version, or no index at all
     * @throws IOException if it is missing, or cannot be read
     * @throws IllegalStateException if there is no native library
     */
    public static FaissIndex load(Path file) throws IOException {
        FaissNative.require();
        IndexFile.Opened opened = IndexFile.read(file);
        IndexFile description = opened.description();
        try {
            NativeIndex index = NativeIndex.of(
                    () -> FaissLibrary.read(file.toString(), opened.offset()),
                    handle -> Check.argument(
                            FaissLibrary.size(handle) == description.size()
                                    && FaissLibrary.dimension(handle) == description.dimension(),
                            "it holds %d vectors, not %d",
                            FaissLibrary.size(handle),
                            description.size()));
            return new FaissIndex(index, description);
        } catch (RuntimeException e) {
            throw new IOException("FAISS could not read the index in " + file + ": " + e.getMessage(), e);
        }
    }

    /** Frees the index once no search is running; searching and saving throw afterwards. */
    @Override
    public void close() {
        index.close();
    }

    /** Options of a {@link FaissIndex}. Immutable: each method returns a changed copy. Thread-safe. */
    public static final class Builder implements CandidateIndex.Builder {
        private static final int BLOCK_BYTES = 1 << 26;

        private final Factory factory;
        private final int nprobe;
        private final int efSearch;
        private final int buildThreads;
        private final int seed;

        private Builder(String factory, int nprobe, int efSearch, int buildThreads, int seed) {
            this.factory = new Factory(factory);
            this.nprobe = nprobe;
            this.efSearch = efSearch;
            this.buildThreads = buildThreads;
            this.seed = seed;
        }

        /**
         * What to build, as one of FAISS's factory strings (default: {@code Flat}).
         *
         * @throws IllegalArgumentException if it cannot be one; what only FAISS can tell is thrown by {@link #build}
         */
        public Builder factory(String factory) {
            return new Builder(factory, nprobe, efSearch, buildThreads, seed);
        }

        /**
         * How many inverted lists a search of an IVF index looks into (default: a quarter of them). All of them is exact.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder nprobe(int nprobe) {
            return new Builder(factory.text(), Check.positive("nprobe", nprobe), efSearch, buildThreads, seed);
        }

        /**
         * How many neighbours a search of an HNSW index keeps in sight (default: 64); at least k and a few more are
         * always kept.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder efSearch(int efSearch) {
            Check.argument(
                    efSearch <= IndexFile.MOST_EFFORT,
                    "efSearch is %d: it must be at most %d",
                    efSearch,
                    IndexFile.MOST_EFFORT);
            return new Builder(factory.text(), nprobe, Check.positive("efSearch", efSearch), buildThreads, seed);
        }

        /**
         * How many threads train and add (default: one for HNSW, all processors else). More than one for HNSW builds
         * faster, but a graph that depends on their timing.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder buildThreads(int buildThreads) {
            return new Builder(factory.text(), nprobe, efSearch, Check.positive("buildThreads", buildThreads), seed);
        }

        /** Seed of the clustering of IVF indexes (default: 1234, FAISS's own). */
        public Builder seed(int seed) {
            return new Builder(factory.text(), nprobe, efSearch, buildThreads, seed);
        }

        /**
         * Builds the index: trains it on all features if it needs training, then adds them. A dense FLOAT array in C
         * order is read where it is.
         *
         * @param features [N, d], FLOAT or DOUBLE, finite; not kept
         * @throws IllegalArgumentException if FAISS does not take the factory string, for these features or at all, or
         *     an option does not belong to its kind
         * @throws IllegalStateException if there is no native library, or not enough memory
         */
        @Override
        public FaissIndex build(INDArray features) {
            FaissNative.require();
            Check.readable("features", features);
            Check.argument(
                    features.rank() == 2
                            && !features.isEmpty()
                            && (features.dataType() == DataType.FLOAT || features.dataType() == DataType.DOUBLE),
                    "features are %s of shape %s: they must be real numbers (FLOAT or DOUBLE) [N, d] with N and d at least"
                            + " 1",
                    features.dataType(),
                    Arrays.toString(features.shape()));
            int size = Math.toIntExact(features.size(0));
            int dimension = Math.toIntExact(features.size(1));
            factory.checkLists(size);
            try (Floats floats = Floats.of("features", features)) {
                NativeIndex index =
                        NativeIndex.of(() -> create(dimension), handle -> fill(handle, floats, size, dimension));
                return new FaissIndex(index, new IndexFile(size, dimension, efSearch(), factory.text()));
            }
        }

        private int efSearch() {
            return efSearch == 0 ? 64 : efSearch;
        }

        private Handle create(int dimension) {
            try {
                return FaissLibrary.create(dimension, factory.text());
            } catch (RuntimeException e) {
                throw refused(e);
            }
        }

        private void fill(Handle handle, Floats floats, int size, int dimension) {
            long lists = FaissLibrary.lists(handle);
            boolean graph = FaissLibrary.isGraph(handle);
            Check.argument(nprobe == 0 || lists > 0, "nprobe is for IVF indexes: '%s' is none", factory);
            Check.argument(efSearch == 0 || graph, "efSearch is for HNSW indexes: '%s' is none", factory);
            Check.argument(lists <= size, "'%s' has %d lists but there are %d examples", factory, lists, size);
            int threads = buildThreads > 0
                    ? buildThreads
                    : graph ? 1 : Runtime.getRuntime().availableProcessors();
            try {
                FaissLibrary.seed(handle, seed);
                if (!FaissLibrary.trained(handle)) {
                    FaissLibrary.train(handle, size, floats.row(0), threads);
                }
                FaissLibrary.reserve(handle, size);
                int block = Math.max(1, BLOCK_BYTES / Float.BYTES / dimension);
                for (int start = 0; start < size; start += block) {
                    FaissLibrary.add(handle, Math.min(block, size - start), floats.row(start), threads);
                }
                FaissLibrary.finish(handle);
                if (graph) {
                    FaissLibrary.effort(handle, efSearch());
                }
                if (lists > 0) {
                    FaissLibrary.probe(handle, nprobe > 0 ? nprobe : Math.max(1, lists / 4));
                }
            } catch (RuntimeException e) {
                throw refused(e);
            }
        }

        private RuntimeException refused(RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            return message.contains("bad_alloc")
                    ? new IllegalStateException("not enough memory for an index '" + factory + "'", e)
                    : new IllegalArgumentException("FAISS does not build '" + factory + "': " + message, e);
        }
    }
}
