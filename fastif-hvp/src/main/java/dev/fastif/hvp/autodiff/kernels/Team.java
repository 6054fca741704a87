package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.internal.BlasThreads;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share the loops and matrix products of a session's passes, a fraction of a millisecond each: too short to
 * wake a thread for every one, as BLAS does, so those who help keep looking for work for a moment before they sleep. While a
 * team is gathered it has the threads that BLAS had: there is one team of several in a process, and none while workers
 * compute, who have a pass of their own each. For one thread at a time, but for its own helpers.
 */
final class Team {
    /** Work in parts, which any member may do, each with its own scratch. */
    @FunctionalInterface
    interface Work {
        void part(Scratch scratch, int part);
    }

    /** How long a helper looks for work before it sleeps. */
    private static final long AWAKE_NANOS = 200_000;

    /** How long it sleeps before it ends, if the team is not gathered then. */
    private static final long ASLEEP_NANOS = 2_000_000_000L;

    private final Scratch scratch = new Scratch();
    private Helper[] helpers = new Helper[0];
    private volatile @Nullable Job current;
    private Job job = new Job(1);
    private @Nullable BlasThreads claim;

    /** Takes the threads of BLAS, as far as nobody else has them; to be released. */
    void gather() {
        claim = BlasThreads.single();
        int size = claim.taken();
        job = new Job(size);
        if (size > 1) {
            current = job;
            Helper[] present = helpers;
            helpers = IntStream.range(0, size - 1)
                    .mapToObj(i -> i < present.length && present[i].isAlive() ? present[i] : new Helper(i))
                    .toArray(Helper[]::new);
        }
    }

    /** Gives them back. */
    void release() {
        if (claim != null) {
            current = null;
            job = new Job(1);
            claim.close();
            claim = null;
        }
    }

    /** Into how many parts work may be cut: 1 unless the team is gathered. */
    int size() {
        return job.members;
    }

    /**
     * Does parts 0 to parts - 1 of some work, and returns when all are done. Any member may do any part; but each begins with
     * the same share of them every time, so that it finds what it wrote before in its own cache.
     */
    void share(int parts, Work work) {
        if (parts == 1 || job.members == 1) {
            for (int i = 0; i < parts; i++) {
                work.part(scratch, i);
            }
            return;
        }
        job.begin(parts, work);
        for (Helper helper : helpers) {
            helper.wake();
        }
        job.join(0, scratch);
        job.await();
    }

    /** How many of its helpers live. */
    long living() {
        return Arrays.stream(helpers).filter(Thread::isAlive).count();
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
        private Work work = (scratch, part) -> {};
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
        void begin(int count, Work next) {
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
        void join(int member, Scratch scratch) {
            for (int i = 0; i < members; i++) {
                int share = (member + i) % members;
                for (long left = open.get(share); (int) left > 0; left = open.get(share)) {
                    Work taken = work;
                    int part = first(share + 1) - (int) left;
                    if (open.compareAndSet(share, left, left - 1)) {
                        perform(taken, scratch, part);
                    }
                }
            }
        }

        private void perform(Work taken, Scratch scratch, int part) {
            try {
                taken.part(scratch, part);
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

    private final class Helper extends Thread {
        private final int member;
        private final Scratch own = new Scratch();
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
                Job present = current;
                if (present != null && (present != last || present.number() != lastNumber)) {
                    last = present;
                    lastNumber = present.number();
                    present.join(member, own);
                    since = System.nanoTime();
                } else if (System.nanoTime() - since < AWAKE_NANOS) {
                    Thread.onSpinWait();
                } else if (present != null || System.nanoTime() - since < ASLEEP_NANOS) {
                    rest(lastNumber);
                } else {
                    return;
                }
            }
        }

        /** Sleeps, unless there is other work than this. */
        private void rest(long number) {
            asleep = true;
            Job present = current;
            if (present == null || present.number() == number) {
                LockSupport.parkNanos(this, ASLEEP_NANOS);
            }
            asleep = false;
        }
    }
}
