package dev.fastif.examples;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.core.DamagedFileException;
import dev.fastif.core.Progress;
import dev.fastif.core.internal.Check;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.knn.ExactIndex;
import dev.fastif.knn.Recall;
import dev.fastif.knn.faiss.FaissIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds candidates exactly, or by FAISS: then it says how many of the exact ones were among them. Thread-safe. */
final class Preselection {
    private static final Logger LOG = LoggerFactory.getLogger(Preselection.class);
    private final @Nullable String factory;
    private volatile @Nullable Recall recall;

    /**
     * Prepares a preselection.
     *
     * @param factory FAISS's factory string, or null for exact search
     * @throws IllegalArgumentException if it cannot be built here
     */
    Preselection(@Nullable String factory) {
        this.factory = factory;
        if (factory != null) {
            FaissIndex.builder().factory(factory);
            Check.argument(FaissIndex.isAvailable(), "--index is %s, but %s", factory, FaissIndex.nativeLibrary());
        }
    }

    /**
     * An index over a task's training set. Features and FAISS's index are kept beside the model, and found again.
     *
     * @param progress hears of the features
     * @return to be closed by the caller
     */
    CandidateIndex index(NliTask task, Progress progress) {
        INDArray features = task.features(progress);
        ExactIndex exact = ExactIndex.of(features);
        return factory == null ? exact : new Audited(faiss(factory, task, features), exact);
    }

    private static FaissIndex faiss(String factory, NliTask task, INDArray features) {
        Path file = task.fileOfModel("index-" + factory.replaceAll("[^A-Za-z0-9]", "-"), ".faiss");
        try {
            FaissIndex kept = kept(factory, file);
            if (kept != null) {
                return kept;
            }
            FaissIndex built = FaissIndex.builder().factory(factory).build(features);
            built.save(file);
            return built;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the index " + file + " could not be read or written (" + e.getMessage()
                            + "): delete it to build it anew",
                    e);
        }
    }

    /** The index that was kept, or null if there is none of this kind, or a damaged one: it is built again without a loss. */
    private static @Nullable FaissIndex kept(String factory, Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            FaissIndex kept = FaissIndex.load(file);
            if (kept.factory().equals(factory)) {
                return kept;
            }
            kept.close();
        } catch (DamagedFileException e) {
            LOG.warn("{} The index is built again", e.getMessage());
        }
        return null;
    }

    /** How many of the nearest were among the last candidates, for people to read; empty for exact search. */
    Optional<String> report() {
        return Optional.ofNullable(recall)
                .map(measured -> String.format(
                        Locale.ROOT,
                        "found by FAISS, %s: %.1f%% of the %,d that exact search finds",
                        factory,
                        100 * measured.mean(),
                        measured.m()));
    }

    private final class Audited implements CandidateIndex {
        private final CandidateIndex index;
        private final CandidateIndex exact;

        private Audited(CandidateIndex index, CandidateIndex exact) {
            this.index = index;
            this.exact = exact;
        }

        @Override
        public int size() {
            return index.size();
        }

        @Override
        public int dimension() {
            return index.dimension();
        }

        @Override
        public List<Candidates> search(INDArray queries, int k) {
            List<Candidates> found = index.search(queries, k);
            recall = Recall.of(found, exact.search(queries, k));
            return found;
        }

        @Override
        public void close() {
            index.close();
            exact.close();
        }
    }
}
