package dev.fastif.hvp.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fastif.core.internal.BlasThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.factory.Nd4j;

/** Each part of the work is done exactly once, by whomever. */
class TeamTest {
    @Test
    void everyPartIsDoneOnce() {
        try (Team team = Team.gather()) {
            for (int parts = 1; parts < 300; parts++) {
                AtomicIntegerArray done = new AtomicIntegerArray(parts);
                team.share(parts, done::incrementAndGet);
                for (int i = 0; i < parts; i++) {
                    assertEquals(1, done.get(i));
                }
            }
        }
    }

    @Test
    void whatAPartThrowsIsThrownAfterTheOthersAreDone() {
        try (Team team = Team.gather()) {
            for (int failing = 0; failing < 8; failing++) {
                int bad = failing;
                AtomicIntegerArray done = new AtomicIntegerArray(8);
                IllegalStateException failure = new IllegalStateException("part " + bad);
                assertSame(
                        failure,
                        assertThrows(
                                IllegalStateException.class,
                                () -> team.share(8, i -> {
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
        try (Team team = Team.gather()) {
            AtomicIntegerArray done = new AtomicIntegerArray(7);
            for (int round = 0; round < 100_000; round++) {
                int parts = 2 + round % 6;
                int now = round;
                team.share(parts, part -> {
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
    void aRecordingIsDoneAgainInItsOrder() {
        List<String> done = new ArrayList<>();
        try (Team team = Team.gather()) {
            Recording recording = team.record(() -> {
                team.share(1, part -> done.add("a"));
                team.perform(1, part -> done.add("not recorded"));
                team.share(1, part -> done.add("b"));
            });
            team.share(1, part -> done.add("after"));
            done.clear();
            recording.replay(team);
            recording.replay(team);
        }
        assertEquals(List.of("a", "b", "a", "b"), done);
    }

    @Test
    void recordingsAreMadeOneAtATime() {
        assertThrows(IllegalStateException.class, () -> Team.alone().record(() -> {}));
        try (Team team = Team.gather()) {
            assertThrows(IllegalStateException.class, () -> team.record(() -> team.record(() -> {})));
            assertFalse(team.isRecording());
        }
    }

    @Test
    void operationsOfNd4jLeaveBlasItsThreads() {
        Blas blas = Nd4j.factory().blas();
        int threads = blas.getMaxThreads();
        try (Team team = Nd4jKernels.INSTANCE.gather()) {
            assertEquals(1, team.size());
            assertEquals(threads, blas.getMaxThreads());
        }
        try (Team team = CpuKernels.INSTANCE.gather()) {
            assertEquals(threads, team.size());
            assertEquals(1, blas.getMaxThreads());
        }
        assertEquals(threads, blas.getMaxThreads());
    }

    @Test
    void aPassWithinAPassAndThoseBesideWorkersAreAlone() {
        try (Team team = Team.gather();
                Team inner = Team.gather()) {
            assertEquals(1, inner.size());
            assertSame(team, Team.current());
        }
        assertEquals(1, Team.current().size());
        try (BlasThreads workers = BlasThreads.single();
                Team beside = Team.gather()) {
            assertEquals(1, beside.size());
        }
    }
}
