package dev.fastif.knn;

import static dev.fastif.knn.CandidateIndexContract.assertRejected;
import static dev.fastif.knn.Features.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.knn.faiss.FaissIndex;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class IndexesTest {
    private final INDArray features = normal(1, 500, 4);

    @Test
    void aSmallSetIsSearchedExactly() {
        try (CandidateIndex index = Indexes.forSize(390_000, 768).build(features)) {
            assertInstanceOf(ExactIndex.class, index);
        }
    }

    @Test
    void aLargeSetIsSearchedByListsWhereThereIsFaiss() {
        CandidateIndex.Builder builder = Indexes.forSize(10_000_000, 768);
        assertEquals(FaissIndex.isAvailable(), builder instanceof FaissIndex.Builder);
        assertRejected(() -> Indexes.forSize(0, 3), "n is 0");
        assertRejected(() -> Indexes.forSize(3, -1), "d is -1");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "77, 1", "78, 2", "10000, 256", "1000000, 4096", "10000000, 16384"})
    void listsAreNeitherFewNorEmpty(int n, int lists) {
        assertEquals(lists, Indexes.lists(n));
    }

    @Test
    void recallIsTheShareThatIsFound() {
        List<Candidates> exact = List.of(Candidates.of(1, 2, 3, 4), Candidates.of(5, 6, 7, 8));
        List<Candidates> found = List.of(Candidates.of(4, 2, 9, 1), Candidates.of(8, 7, 6, 5));
        assertEquals(new Recall(4, 2, 0.875, 0.75), Recall.of(found, exact));
        assertRejected(() -> Recall.of(found, exact.subList(0, 1)), "2 queries", "1 are known");
        assertRejected(() -> Recall.of(List.of(), List.of()), "at least one");
        assertRejected(() -> Recall.of(found, List.of(exact.get(0), Candidates.of(1))), "4 candidates", "1 are known");
    }

    @Test
    void anExactIndexRecallsAll() {
        try (CandidateIndex index = ExactIndex.of(features)) {
            assertEquals(new Recall(20, 100, 1, 1), Indexes.recallAt(20, index, features, 3));
            assertRejected(() -> Indexes.recallAt(20, index, normal(1, 501, 4), 3), "[500, 4]", "others");
            assertRejected(() -> Indexes.recallAt(501, index, features, 3), "k is 501");
        }
    }

    @Test
    void anIndexOfOtherVectorsRecallsWhatChanceGives() {
        try (CandidateIndex index = ExactIndex.of(normal(2, 500, 4))) {
            assertEquals(0.1, Indexes.recallAt(50, index, features, 3).mean(), 0.1);
        }
    }
}
