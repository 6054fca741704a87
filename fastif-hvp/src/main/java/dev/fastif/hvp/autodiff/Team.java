package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.BlasThreads;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
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

    /** How long it sleeps before it ends, if there is no team then. */
    private static final long ASLEEP_NANOS = 2_000_000_000L;

    private static volatile Helper[] helpers = new Helper[0];
    private static volatile @Nullable Job current;

    private final @Nullable BlasThreads blas;
    private final int size;
    private final Job job;
    private @Nullable Recording recording;

    private Team(@Nullable BlasThreads blas) {
        this.blas = blas;
        this.size = blas == null ? 1 : blas.taken();
        this.job = new Job(size);
    }

    /** Gathers the process's threads for a pass on this one, as far as they are free. */
    static Team gather() {
        if (OF_THREAD.get() != null) {
            return ALONE; // within a pass: the team is there already
        }
        Team team = new Team(BlasThreads.single());
        OF_THREAD.set(team);
        if (team.size > 1) {
            current = team.job;
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
        if (recording != null) {
            recording.add(parts, work);
        }
        perform(parts, work);
    }

    /** {@link #share}, again: without being recorded, and without any object made for it. */
    void perform(int parts, IntConsumer work) {
        if (parts == 1 || size == 1) {
            for (int i = 0; i < parts; i++) {
                work.accept(i);
            }
            return;
        }
        job.begin(parts, work);
        for (Helper helper : helpers) {
            helper.wake();
        }
        job.join(0);
        job.await();
    }

    /**
     * Writes down all work that is shared while some runs.
     *
     * @throws IllegalStateException if work is recorded already
     */
    Recording record(Runnable run) {
        if (recording != null || this == ALONE) {
            throw new IllegalStateException("a recording is made by one team, of one pass at a time");
        }
        Recording made = new Recording();
        recording = made;
        try {
            run.run();
        } finally {
            recording = null;
        }
        return made;
    }

    /** Whether shared work is written down: it must not use arrays that will be gone. */
    boolean isRecording() {
        return recording != null;
    }

    @Override
    public void close() {
        if (blas != null) {
            OF_THREAD.remove();
            if (size > 1) {
                current = null;
            }
            blas.close();
        }
    }

    /**
     * What a team is doing, one work after the other. Each member's share has a word of memory: which work it belongs to, and how
     * many of its parts nobody has begun. A part is taken by counting down, which fails once the work is another; until the last
     * part is done it is not.
     */
    private static final class Job {
        private static final int COUNT_BITS = 32;

        private final int members;
        private final AtomicLongArray open;
        private final AtomicInteger done = new AtomicInteger();
        private volatile long number;
        private int parts;
        private IntConsumer work = part -> {};
        private volatile @Nullable Throwable failure;

        Job(int members) {
            this.members = members;
            this.open = new AtomicLongArray(members);
        }

        /** The number of the work that was begun last. */
        long number() {
            return number;
        }

        /** Begins some work; the one before is done. For the team's own thread. */
        void begin(int count, IntConsumer next) {
            parts = count;
            work = next;
            failure = null;
            done.set(0);
            long following = number + 1;
            for (int share = 0; share < members; share++) {
                open.set(share, following << COUNT_BITS | (first(share + 1) - first(share)));
            }
            number = following;
        }

        /** The first part of a member's share. */
        private int first(int share) {
            return (int) ((long) parts * share / members);
        }

        /** Does parts that nobody has begun, until there are none: those of the member's own share first. */
        void join(int member) {
            for (int i = 0; i < members; i++) {
                int share = (member + i) % members;
                for (long left = open.get(share); (int) left > 0; left = open.get(share)) {
                    IntConsumer taken = work;
                    int part = first(share + 1) - (int) left;
                    if (open.compareAndSet(share, left, left - 1)) {
                        perform(taken, part);
                    }
                }
            }
        }

        private void perform(IntConsumer taken, int part) {
            try {
                taken.accept(part);
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                done.incrementAndGet();
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
            long lastNumber = 0;
            long since = System.nanoTime();
            while (true) {
                Job job = current;
                if (job != null && (job != last || job.number() != lastNumber)) {
                    last = job;
                    lastNumber = job.number();
                    job.join(member);
                    since = System.nanoTime();
                } else if (System.nanoTime() - since < AWAKE_NANOS) {
                    Thread.onSpinWait();
                } else if (job != null || System.nanoTime() - since < ASLEEP_NANOS) {
                    rest(lastNumber);
                } else {
                    return;
                }
            }
        }

        /** Sleeps, unless there is other work than this. */
        private void rest(long number) {
            asleep = true;
            Job job = current;
            if (job == null || job.number() == number) {
                LockSupport.parkNanos(this, ASLEEP_NANOS);
            }
            asleep = false;
        }
    }
}
