package dev.fastif.hvp.autodiff.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fastif.core.internal.BlasThreads;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Each part of the work is done exactly once, by whomever. */
class TeamTest {
    @Test
    void everyPartIsDoneOnce() {
        try (Gathered gathered = new Gathered()) {
            Team team = gathered.team;
            for (int parts = 1; parts < 300; parts++) {
                AtomicIntegerArray done = new AtomicIntegerArray(parts);
                team.share(parts, (scratch, part) -> done.incrementAndGet(part));
                for (int i = 0; i < parts; i++) {
                    assertEquals(1, done.get(i));
                }
            }
        }
    }

    @Test
    void whatAPartThrowsIsThrownAfterTheOthersAreDone() {
        try (Gathered gathered = new Gathered()) {
            Team team = gathered.team;
            for (int failing = 0; failing < 8; failing++) {
                int bad = failing;
                AtomicIntegerArray done = new AtomicIntegerArray(8);
                IllegalStateException failure = new IllegalStateException("part " + bad);
                assertSame(
                        failure,
                        assertThrows(
                                IllegalStateException.class,
                                () -> team.share(8, (scratch, i) -> {
                                    done.incrementAndGet(i);
                                    if (i == bad) {
                                        throw failure;
                                    }
                                })));
                if (team.size() > 1) {
                    for (int i = 0; i < 8; i++) {
                        assertEquals(1, done.get(i));
                    }
                }
            }
        }
    }

    /** Helpers that look for work at any moment never take a part of one work for a part of another. */
    @Test
    void worksThatFollowEachOtherAreNotMixed() {
        try (Gathered gathered = new Gathered()) {
            Team team = gathered.team;
            AtomicIntegerArray done = new AtomicIntegerArray(7);
            for (int round = 0; round < 100_000; round++) {
                int parts = 2 + round % 6;
                int now = round;
                team.share(parts, (scratch, part) -> {
                    if (part >= parts || done.getAndSet(part, now + 1) > now) {
                        throw new IllegalStateException("part " + part + " of " + parts + " in round " + now);
                    }
                });
                for (int part = 0; part < parts; part++) {
                    assertEquals(now + 1, done.get(part));
                }
            }
        }
    }

    @Test
    void operationsOfNd4jLeaveBlasItsThreads() {
        Blas blas = Nd4j.factory().blas();
        int threads = blas.getMaxThreads();
        try (Session session = new Sessions(DataType.DOUBLE).open()) {
            assertEquals(1, session.size());
            assertEquals(threads, blas.getMaxThreads());
        }
        try (Session session = new Sessions(DataType.FLOAT).open()) {
            assertEquals(threads, session.size());
            assertEquals(1, blas.getMaxThreads());
        }
        assertEquals(threads, blas.getMaxThreads());
    }

    @Test
    void aSessionWithinAnotherAndThoseBesideWorkersAreAlone() {
        try (Gathered outer = new Gathered();
                Gathered inner = new Gathered()) {
            assertEquals(Nd4j.factory().blas().getMaxThreads(), 1);
            assertEquals(1, inner.team.size());
        }
        try (BlasThreads workers = BlasThreads.single();
                Gathered beside = new Gathered()) {
            assertEquals(1, beside.team.size());
        }
    }

    /** A team keeps its helpers from one gathering to the next, and they end when nobody gathers it. */
    @Test
    void helpersAreKeptAndEnd() throws Exception {
        Team team = new Team();
        for (int i = 0; i < 50; i++) {
            team.gather();
            team.share(4, (scratch, part) -> {});
            assertEquals(team.size() - 1, team.living());
            team.release();
        }
        for (int i = 0; i < 100 && team.living() > 0; i++) {
            Thread.sleep(100);
        }
        assertEquals(0, team.living());
    }

    private static final class Gathered implements AutoCloseable {
        private final Team team = new Team();

        Gathered() {
            team.gather();
        }

        @Override
        public void close() {
            team.release();
        }
    }
}
