package dev.fastif.core;

import dev.fastif.core.internal.Memory;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An engine's solver, prepared once for the parameters that the model has. A solve by an earlier preparation that misses its
 * tolerance is tried once more with a new one, since examples may have been changed in place. Thread-safe.
 */
final class EngineSolver {
    private final InverseHvp solver;
    private final Model model;
    private final SolveLog log = new SolveLog();
    private volatile @Nullable Prepared prepared;

    private record Prepared(long revision, InverseHvp solver) {}

    EngineSolver(InverseHvp solver, Model model) {
        this.solver = solver;
        this.model = model;
    }

    /**
     * The solver that the class path offers.
     *
     * @throws IllegalStateException if there is none
     */
    static InverseHvp offered() {
        return ServiceLoader.load(InverseHvp.class, InverseHvp.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "no inverseHvp was given, and no solver is on the class path: call builder.inverseHvp(...) before build(),"
                                + " or add fastif-hvp"));
    }

    List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
        Prepared known = prepared;
        if (known != null && known.revision != model.revision()) {
            known = null;
        }
        List<Solution> solutions;
        try {
            Prepared current = known == null ? prepare(curvature, vectors, progress) : known;
            solutions = current.solver.solveAll(curvature, vectors, progress);
        } catch (SolveFailedException e) {
            if (known == null || known.solver == solver || e.outcome() != SolveOutcome.TOLERANCE_NOT_MET) {
                throw e;
            }
            solutions = prepare(curvature, vectors, progress).solver.solveAll(curvature, vectors, progress);
        }
        solutions.forEach(solution -> log.add(solution.report()));
        return solutions;
    }

    private Prepared prepare(Curvature curvature, List<INDArray> vectors, Progress progress) {
        long revision = model.revision(); // before the parameters are read
        Prepared made = new Prepared(revision, solver.prepared(curvature, vectors.get(0), progress));
        prepared = made;
        return made;
    }

    /** Frees a solution that nobody else has. */
    void free(Solution sTest) {
        if (solver.givesSolutionsAway()) {
            Memory.free(sTest.value());
        }
    }
}
