package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.internal.Layout;
import dev.fastif.core.internal.Memory;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What passes run on, one after the other: a team of threads, memory for their arrays, and the kernels that compute with both.
 * A pass carries its session, and everything that the pass uses of its thread is here. Opened by {@link Sessions}; for one
 * thread at a time.
 *
 * <p>All work of the CPU's kernels goes through {@link #share}, and every place in memory that they use through {@link
 * #source} and {@link #target}: so a session can write down what a pass does ({@link #capture}), and sees whether a pass uses
 * memory that will be another's.
 */
public final class Session implements AutoCloseable {
    /** A pass, while it lasts: temporaries of ND4J's operations live in a workspace of the thread. */
    public static final class Run implements AutoCloseable {
        private final MemoryWorkspace workspace = Memory.openWorkspace();

        @Override
        public void close() {
            workspace.close();
        }
    }

    private final Sessions home;
    private final boolean isCpu;
    private final Kernels kernels;
    private final Arena arena = new Arena();
    private final Team team = new Team();
    private @Nullable Capture capture;

    /**
     * A session that is not open.
     *
     * @param other the kernels that compute by themselves, or null for the CPU's, which use the session
     */
    Session(Sessions home, @Nullable Kernels other) {
        this.home = home;
        this.isCpu = other == null;
        this.kernels = other == null ? new CpuKernels(this) : other;
    }

    /** The arithmetic of its passes. */
    public Kernels kernels() {
        return kernels;
    }

    /** Begins a pass, to be closed: the arrays of the one before may then hold anything. */
    public Run begin() {
        arena.begin();
        return new Run();
    }

    /** Ends the session. */
    @Override
    public void close() {
        capture = null;
        team.release();
        home.giveBack(this);
    }

    // ND4J's operations have threads of their own, and BLAS keeps its.
    void gather() {
        if (isCpu) {
            team.gather();
        }
    }

    void free() {
        arena.close();
    }

    /** Whether what its passes do can be written down at all. */
    boolean canCapture() {
        return isCpu;
    }

    /**
     * Writes down what a pass does.
     *
     * @param known the arrays outside of the session's memory that the pass may use: they will be where they are
     * @param pass runs within this session
     * @return nothing if the pass used other memory
     */
    @Nullable
    Recording capture(Iterable<INDArray> known, Runnable pass) {
        Capture made = new Capture(arena, known);
        capture = made;
        try {
            pass.run();
        } finally {
            capture = null;
        }
        return made.recording();
    }

    /** Overwrites the arrays of all passes with what is no number. */
    void spoil() {
        arena.spoil();
    }

    /** An array of single precision in C order, with anything in it, for this pass. */
    INDArray array(long... shape) {
        return arena.array(shape);
    }

    /**
     * A part of an array that {@link #array} gave, as an array of its own.
     *
     * @param start the part's first element
     */
    INDArray part(INDArray whole, long start, long... shape) {
        return arena.part(whole, start, shape);
    }

    /** Into how many parts work may be cut. */
    int size() {
        return team.size();
    }

    /**
     * Does parts 0 to parts - 1 of some work, shared by the team.
     *
     * @param held the arrays whose addresses the work uses: an address does not keep its array alive
     */
    void share(int parts, Team.Work work, INDArray... held) {
        if (capture != null) {
            capture.add(parts, work);
        }
        try {
            team.share(parts, work);
        } finally {
            Reference.reachabilityFence(held);
        }
    }

    /** {@link #share}, again: without being written down, and without any object made for it. */
    void perform(int parts, Team.Work work) {
        team.share(parts, work);
    }

    /** Where the elements of a dense array begin; of any other, those of a dense copy. */
    long source(INDArray array) {
        return seen(address(Layout.isContiguous(array) ? array : array.dup('c')));
    }

    /** Where the elements of a dense array begin, to be written. */
    long target(INDArray array) {
        if (!Layout.isContiguous(array)) {
            throw new IllegalArgumentException("only dense arrays can be written: " + array.shapeInfoToString());
        }
        return seen(address(array));
    }

    private long seen(long address) {
        if (capture != null) {
            capture.use(address);
        }
        return address;
    }

    // Native code believes what it is given: numbers of another type are other numbers, and freed memory ends the JVM.
    static long address(INDArray array) {
        if (array.dataType() != DataType.FLOAT || array.wasClosed()) {
            throw new IllegalArgumentException("kernels take open arrays of FLOAT, not "
                    + (array.wasClosed() ? "a closed one" : array.dataType()));
        }
        return Scratch.at(array.data().address(), array.offset());
    }
}
