package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The solver that an engine takes if none is given: {@link DirectSolver} for small models, up to 2,500 parameters p and
 * {@code p^2 N <= 2e10} with N training examples, else {@link ConjugateGradient}, on a random sample if N is large: of 5e8 / p
 * examples, but at least 1,024. Damping is a thousandth of the largest eigenvalue, the relative residual at most 1e-3. The report
 * says what was taken.
 *
 * <p>Immutable and thread-safe.
 */
public final class AutomaticSolver implements InverseHvp {
    private static final long MOST_PARAMETERS = 2_500;
    private static final double MOST_WORK = 2e10;
    private static final double SAMPLED = 5e8;
    private static final int FEWEST = 1_024;
    private static final double TOLERANCE = 1e-3;

    /** For engines, and for those who name it. */
    public AutomaticSolver() {}

    @Override
    public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
        return chosen(curvature).solveAll(curvature, vectors, progress);
    }

    @Override
    public InverseHvp prepared(Curvature curvature, INDArray like, Progress progress) {
        return chosen(curvature).prepared(curvature, like, progress);
    }

    static InverseHvp chosen(Curvature curvature) {
        double parameters = curvature.size();
        if (parameters <= MOST_PARAMETERS && parameters * parameters * curvature.examples() <= MOST_WORK) {
            return DirectSolver.builder().tolerance(TOLERANCE).build();
        }
        int examples = (int) Math.min(curvature.examples(), Math.max(FEWEST, SAMPLED / parameters));
        return ConjugateGradient.builder()
                .examples(examples)
                .tolerance(TOLERANCE)
                .build();
    }

    @Override
    public boolean givesSolutionsAway() {
        return true;
    }

    @Override
    public String toString() {
        return "AutomaticSolver";
    }
}
