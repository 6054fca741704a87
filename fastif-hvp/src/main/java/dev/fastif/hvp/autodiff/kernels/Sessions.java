package dev.fastif.hvp.autodiff.kernels;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
            session = new Session(this, Choice.isCpu(type) ? null : new Nd4jKernels(type));
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

    /** Whether {@link CpuKernels} can be used; {@code -Dfastif.kernels=nd4j} says that they shall not. */
    private static final class Choice {
        private static final Logger log = LoggerFactory.getLogger(Sessions.class);
        private static final boolean CPU = cpu();

        private Choice() {}

        static boolean isCpu(DataType type) {
            return type == DataType.FLOAT && CPU;
        }

        private static boolean cpu() {
            String wanted = System.getProperty("fastif.kernels", "cpu");
            if (wanted.equals("nd4j") || Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
                log.info(
                        "arithmetic by ND4J's operations: {}",
                        wanted.equals("nd4j") ? "as asked for" : "not on the CPU");
                return false;
            }
            if (!wanted.equals("cpu")) {
                throw new IllegalArgumentException("fastif.kernels is " + wanted + ": it must be cpu or nd4j");
            }
            try {
                Loader.load(openblas_nolapack.class);
                return true;
            } catch (LinkageError e) {
                log.info("no OpenBLAS for this platform: arithmetic by ND4J's operations, which is slower", e);
                return false;
            }
        }
    }
}
