package dev.fastif.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fastif.core.internal.Cancellation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.factory.Nd4j;

/** Whatever its tasks do, a pool hands over results in order or throws what failed, and leaves nothing behind. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkerPoolTest {
    private static final Model MODEL = Problem.of(4, 2, 1).model();

    private static WorkerPool pool(int workers) {
        return Replicas.of(MODEL, workers == 0 ? DeviceGroup.none() : DeviceGroup.cpu(workers))
                .open();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8})
    void resultsArriveInOrderOnTheCallingThread(int workers) {
        List<Integer> results = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        AtomicInteger finished = new AtomicInteger();
        try (WorkerPool pool = pool(workers)) {
            pool.<Integer>run(
                    101,
                    i -> {
                        pause(i % 7 == 0 ? 3 : 0); // so that later tasks finish first
                        finished.incrementAndGet();
                        return i * i;
                    },
                    (result, i) -> {
                        assertFalse(isWorker());
                        int ahead = finished.get() - numbers.size();
                        assertTrue(ahead <= 2 * workers + 1, ahead + " results wait for their turn");
                        results.add(result);
                        numbers.add(i);
                    });
        }
        assertEquals(IntStream.range(0, 101).boxed().toList(), numbers);
        assertEquals(IntStream.range(0, 101).mapToObj(i -> i * i).toList(), results);
    }

    @Test
    void noTaskMeansNothingToDo() {
        try (WorkerPool pool = pool(3)) {
            pool.run(0, i -> fail("task " + i), (result, i) -> fail("result " + i));
            assertEquals(List.of(), workerThreads());
        }
    }

    @Test
    void aTaskThatIsAloneRunsOnTheCallingThreadWithAllOfBlas() {
        Blas blas = Nd4j.factory().blas();
        int before = blas.getMaxThreads();
        try (WorkerPool pool = pool(3)) {
            pool.run(1, i -> Thread.currentThread(), (thread, i) -> assertSame(Thread.currentThread(), thread));
            pool.run(1, i -> blas.getMaxThreads(), (threads, i) -> assertEquals(before, threads));
            assertEquals(List.of(), workerThreads());
        }
    }

    @Test
    void thereAreNoMoreThreadsThanWorkersOrTasks() {
        try (WorkerPool pool = pool(3)) {
            Set<String> two = names(pool, 2);
            assertTrue(Set.of("fastif-worker-0", "fastif-worker-1").containsAll(two), two.toString());
            Set<String> many = names(pool, 50);
            assertEquals(Set.of("fastif-worker-0", "fastif-worker-1", "fastif-worker-2"), many);
        }
        assertEquals(List.of(), workerThreads());
    }

    private static Set<String> names(WorkerPool pool, int tasks) {
        Set<String> names = ConcurrentHashMap.newKeySet();
        pool.run(
                tasks,
                i -> {
                    pause(2);
                    return names.add(Thread.currentThread().getName());
                },
                (added, i) -> {});
        return names;
    }

    /** The others wait until they are told to stop, those before it in order too: what they say is not what went wrong. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 19})
    void whatFailedIsThrownAndNotWhatWasCancelledForIt(int failing) {
        IllegalStateException failure = new IllegalStateException("task " + failing);
        AtomicInteger running = new AtomicInteger();
        try (WorkerPool pool = pool(4)) {
            Thread caller = Thread.currentThread();
            RuntimeException thrown = assertThrows(
                    RuntimeException.class,
                    () -> pool.run(
                            20,
                            i -> {
                                assertFalse(caller.equals(Thread.currentThread()));
                                running.incrementAndGet();
                                try {
                                    if (i == failing) {
                                        pause(20);
                                        throw failure;
                                    }
                                    if (i > failing - 4) {
                                        waitUntilStopped(pool);
                                    }
                                    return i;
                                } finally {
                                    running.decrementAndGet();
                                }
                            },
                            (result, i) -> assertTrue(i < failing)));
            assertSame(failure, thrown);
            assertEquals(0, running.get(), "no task runs any more");
            assertStillWorks(pool);
        }
    }

    /** Ends by a CancellationException once another task has failed. */
    private static void waitUntilStopped(WorkerPool pool) {
        for (int i = 0; i < 10_000; i++) {
            pool.checkpoint();
            pause(1);
        }
        fail("was never stopped");
    }

    /** Results again, and the next failure is not taken for the last one. */
    private static void assertStillWorks(WorkerPool pool) {
        IllegalStateException next = new IllegalStateException("the next failure");
        assertSame(
                next,
                assertThrows(
                        RuntimeException.class,
                        () -> pool.run(
                                2,
                                i -> {
                                    throw next;
                                },
                                (result, i) -> fail("result " + i))));
        List<Integer> results = new ArrayList<>();
        pool.<Integer>run(9, i -> i, (result, i) -> results.add(result));
        assertEquals(IntStream.range(0, 9).boxed().toList(), results);
    }

    @Test
    void errorsAreThrownAsTheyAre() {
        Error error = new StackOverflowError("deep");
        try (WorkerPool pool = pool(2)) {
            assertSame(
                    error,
                    assertThrows(
                            StackOverflowError.class,
                            () -> pool.run(
                                    8,
                                    i -> {
                                        if (i == 5) {
                                            throw error;
                                        }
                                        return i;
                                    },
                                    (result, i) -> {})));
            assertStillWorks(pool);
        }
    }

    @Test
    void aConsumerThatThrowsEndsTheTasks() {
        IllegalArgumentException failure = new IllegalArgumentException("cannot take it");
        AtomicInteger running = new AtomicInteger();
        try (WorkerPool pool = pool(2)) {
            assertSame(
                    failure,
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> pool.run(
                                    50,
                                    i -> {
                                        running.incrementAndGet();
                                        try {
                                            if (i > 2) {
                                                waitUntilStopped(pool);
                                            }
                                            return i;
                                        } finally {
                                            running.decrementAndGet();
                                        }
                                    },
                                    (result, i) -> {
                                        if (i == 2) {
                                            throw failure;
                                        }
                                    })));
            assertEquals(0, running.get());
            assertStillWorks(pool);
        }
    }

    @Test
    void anInterruptOfTheCallerEndsTheTasks() {
        Thread caller = Thread.currentThread();
        try (WorkerPool pool = pool(2)) {
            assertThrows(
                    CancellationException.class,
                    () -> pool.run(
                            50,
                            i -> {
                                if (i == 3) {
                                    caller.interrupt();
                                }
                                if (i >= 3) {
                                    waitUntilStopped(pool);
                                }
                                return i;
                            },
                            (result, i) -> {}));
            assertTrue(Thread.interrupted(), "the flag stays set");
            assertStillWorks(pool);
        }
    }

    /** Tasks ask no pool whether they are still wanted: what they compute with asks for them. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dismissedTasksEndInTheMiddle(boolean interrupted) {
        Thread caller = Thread.currentThread();
        CountDownLatch both = new CountDownLatch(2);
        IllegalStateException failure = new IllegalStateException("failed");
        try (WorkerPool pool = pool(2)) {
            Throwable thrown = assertThrows(
                    RuntimeException.class,
                    () -> pool.run(
                            2,
                            i -> {
                                both.countDown();
                                assertTrue(awaited(both));
                                if (i == 0 && !interrupted) {
                                    throw failure;
                                }
                                if (i == 0) {
                                    caller.interrupt();
                                }
                                while (true) {
                                    Cancellation.check();
                                }
                            },
                            (result, i) -> fail("task " + i + " was dismissed")));
            assertEquals(interrupted, Thread.interrupted());
            assertTrue(interrupted ? thrown instanceof CancellationException : thrown == failure, thrown.toString());
            assertStillWorks(pool);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void anInterruptEndsTasksOfTheCallerAtTheNext(int workers) {
        AtomicInteger done = new AtomicInteger();
        try (WorkerPool pool = pool(workers)) {
            Workers alone = workers == 0 ? pool : Workers.caller();
            assertThrows(
                    CancellationException.class,
                    () -> alone.run(
                            50,
                            i -> {
                                if (i == 3) {
                                    Thread.currentThread().interrupt();
                                }
                                return done.incrementAndGet();
                            },
                            (result, i) -> {}));
            assertTrue(Thread.interrupted(), "the flag stays set");
            assertEquals(4, done.get());
        }
    }

    /** As a listener does that interrupts whatever thread it is called on, between checkpoints or before the last. */
    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "3, true", "3, false"})
    void anInterruptOfAWorkerCancels(int workers, boolean noticed) {
        try (WorkerPool pool = pool(workers)) {
            assertThrows(
                    CancellationException.class,
                    () -> pool.run(
                            50,
                            i -> {
                                Thread.currentThread().interrupt();
                                if (noticed) {
                                    Progress.none().checkpoint(Stage.SCORING, i, 50);
                                }
                                return i;
                            },
                            (result, i) -> fail("task " + i + " was cancelled")));
            assertFalse(Thread.interrupted());
            assertStillWorks(pool);
        }
        assertEquals(List.of(), workerThreads());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aTaskCanRunTasksOfItsOwnOnItsThread(int workers) {
        List<Integer> sums = new ArrayList<>();
        try (WorkerPool pool = pool(workers)) {
            pool.<Integer>run(
                    5,
                    i -> {
                        Thread worker = Thread.currentThread();
                        AtomicInteger sum = new AtomicInteger();
                        pool.<Integer>run(
                                10,
                                j -> {
                                    assertSame(worker, Thread.currentThread());
                                    return i * j;
                                },
                                (product, j) -> sum.addAndGet(product));
                        return sum.get();
                    },
                    (sum, i) -> sums.add(sum));
        }
        assertEquals(List.of(0, 45, 90, 135, 180), sums);
    }

    @Test
    void blasHasOneThreadWhileAnyPoolIsOpenAndThenAllOfThem() {
        Blas blas = Nd4j.factory().blas();
        int before = blas.getMaxThreads();
        blas.setMaxThreads(2);
        try {
            try (WorkerPool first = pool(2)) {
                first.run(4, i -> blas.getMaxThreads(), (threads, i) -> assertEquals(1, threads));
                try (WorkerPool second = pool(2)) {
                    assertStillWorks(second);
                }
                first.run(4, i -> blas.getMaxThreads(), (threads, i) -> assertEquals(1, threads));
            }
            assertEquals(2, blas.getMaxThreads());
        } finally {
            blas.setMaxThreads(before);
        }
    }

    /** The second worker is free only because the first does not wait for it. */
    @Test
    void tasksRunAtTheSameTime() {
        CountDownLatch both = new CountDownLatch(2);
        try (WorkerPool pool = pool(2)) {
            pool.run(
                    2,
                    i -> {
                        both.countDown();
                        return awaited(both);
                    },
                    (met, i) -> assertTrue(met));
        }
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static void pause(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isWorker() {
        return Thread.currentThread().getName().startsWith("fastif-worker");
    }

    private static List<String> workerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("fastif-worker"))
                .toList();
    }
}
