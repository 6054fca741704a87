package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.internal.Arithmetic;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The sessions of a graph: as many as passes are made at the same time. Those that nobody uses are kept for the next pass,
 * no more than there are processors. Here it is chosen which kernels compute. Thread-safe.
 */
public final class Sessions {
    private static final int MOST_IDLE = Runtime.getRuntime().availableProcessors();

    private final DataType type;
    private final Deque<Session> idle = new ArrayDeque<>();

    /**
     * Sessions for numbers of a type.
     *
     * @param type FLOAT or DOUBLE
     */
    public Sessions(DataType type) {
        this.type = type;
    }

    /** A session, to be closed: this thread's and the threads' of BLAS, as far as they are free. */
    public Session open() {
        Session session;
        synchronized (this) {
            session = idle.pollFirst();
        }
        if (session == null) {
            session = new Session(this, isCpu() ? null : new Nd4jKernels(type));
        }
        session.gather();
        return session;
    }

    /** Computes something in one pass of a session. */
    public <T> T once(Function<Session, T> computation) {
        try (Session session = open();
                Session.Run run = session.begin()) {
            return computation.apply(session);
        }
    }

    synchronized void giveBack(Session session) {
        if (idle.size() < MOST_IDLE) {
            idle.addFirst(session);
        } else {
            session.free();
        }
    }

    /** {@link CpuKernels} are of single precision. */
    private boolean isCpu() {
        return type == DataType.FLOAT && Arithmetic.isByBlas();
    }
}
