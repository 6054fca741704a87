package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.BlasThreads;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share the loops and matrix products of one pass, a fraction of a millisecond each: too short to wake a
 * thread for every one, as BLAS does, so those who help keep looking for work for a moment before they sleep. There is one
 * team in a process, and none while workers compute: those have a pass of their own each.
 */
final class Team implements AutoCloseable {
    private static final ThreadLocal<Team> OF_THREAD = new ThreadLocal<>();
    private static final Team ALONE = new Team(null);

    /** How long a helper looks for work before it sleeps. */
    private static final long AWAKE_NANOS = 200_000;

    /** How long it sleeps before it ends. */
    private static final long ASLEEP_NANOS = 2_000_000_000L;

    private static volatile Helper[] helpers = new Helper[0];
    private static volatile @Nullable Job current;

    private final @Nullable BlasThreads blas;
    private final int size;

    private Team(@Nullable BlasThreads blas) {
        this.blas = blas;
        this.size = blas == null ? 1 : blas.taken();
    }

    /** Gathers the process's threads for a pass on this one, as far as they are free. */
    static Team gather() {
        if (OF_THREAD.get() != null) {
            return ALONE; // within a pass: the team is there already
        }
        Team team = new Team(BlasThreads.single());
        OF_THREAD.set(team);
        if (team.size > 1) {
            helpers = IntStream.range(0, team.size - 1)
                    .mapToObj(i -> i < helpers.length && helpers[i].isAlive() ? helpers[i] : new Helper(i))
                    .toArray(Helper[]::new);
        }
        return team;
    }

    /** A team of one, which leaves BLAS its threads. */
    static Team alone() {
        return ALONE;
    }

    /** The team of the pass on this thread; a team of one if there is none. */
    static Team current() {
        Team team = OF_THREAD.get();
        return team == null ? ALONE : team;
    }

    /** Into how many parts work may be cut. */
    int size() {
        return size;
    }

    /**
     * Does parts 0 to parts - 1 of some work, and returns when all are done. Any thread may do any part; but each begins with
     * the same share of them every time, so that it finds what it wrote before in its own cache.
     */
    void share(int parts, IntConsumer work) {
        if (parts == 1 || size == 1) {
            for (int i = 0; i < parts; i++) {
                work.accept(i);
            }
            return;
        }
        Job job = new Job(parts, size, work);
        current = job;
        for (Helper helper : helpers) {
            helper.wake();
        }
        job.join(0);
        job.await();
        current = null;
    }

    @Override
    public void close() {
        if (blas != null) {
            OF_THREAD.remove();
            blas.close();
        }
    }

    private static final class Job {
        private final int parts;
        private final int members;
        private final IntConsumer work;
        private final AtomicIntegerArray next;
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Job(int parts, int members, IntConsumer work) {
            this.parts = parts;
            this.members = members;
            this.work = work;
            this.next = new AtomicIntegerArray(members);
        }

        /** Does parts that nobody has begun, until there are none: those of the member's own share first. */
        void join(int member) {
            for (int i = 0; i < members; i++) {
                int share = (member + i) % members;
                int first = (int) ((long) parts * share / members);
                int count = (int) ((long) parts * (share + 1) / members) - first;
                for (int j = next.getAndIncrement(share); j < count; j = next.getAndIncrement(share)) {
                    try {
                        work.accept(first + j);
                    } catch (RuntimeException | Error e) {
                        failure = e;
                    } finally {
                        done.incrementAndGet();
                    }
                }
            }
        }

        void await() {
            while (done.get() < parts) {
                Thread.onSpinWait();
            }
            Throwable thrown = failure;
            if (thrown instanceof Error error) {
                throw error;
            } else if (thrown != null) {
                throw (RuntimeException) thrown;
            }
        }
    }

    private static final class Helper extends Thread {
        private final int member;
        private volatile boolean asleep;

        Helper(int number) {
            super("fastif-team-" + number);
            member = number + 1;
            setDaemon(true);
            start();
        }

        void wake() {
            if (asleep) {
                asleep = false;
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            Job last = null;
            long since = System.nanoTime();
            while (true) {
                Job job = current;
                if (job != null && job != last) {
                    job.join(member);
                    last = job;
                    since = System.nanoTime();
                } else if (System.nanoTime() - since < AWAKE_NANOS) {
                    Thread.onSpinWait();
                } else if (System.nanoTime() - since < ASLEEP_NANOS) {
                    last = null;
                    sleep();
                } else {
                    return;
                }
            }
        }

        private void sleep() {
            asleep = true;
            if (current == null) {
                LockSupport.parkNanos(this, ASLEEP_NANOS);
            }
            asleep = false;
        }
    }
}
