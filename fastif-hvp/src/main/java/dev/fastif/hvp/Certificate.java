package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.SolveReport;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Measures how well a vector solves {@code (H + lambda I) s = v}. */
record Certificate(String solver, double damping) {
    /** Measures the residual on an operator over {@code examples} training examples. */
    SolveReport of(
            INDArray solution,
            INDArray vector,
            LinearOperator operator,
            int examples,
            int iterations,
            List<Double> norms) {
        INDArray residual = operator.apply(solution);
        Vectors.add(residual, damping, solution);
        Vectors.add(residual, -1, vector);
        double scale = Vectors.norm(vector);
        double relative = scale == 0 ? Vectors.norm(residual) : Vectors.norm(residual) / scale;
        return new SolveReport(
                solver, damping, iterations, relative, examples, Vectors.cosine(solution, vector), norms);
    }

    /** The operator over a sample that depends on the seed alone, or over all examples if there are no more. */
    static LinearOperator operator(Curvature curvature, int examples, long seed) {
        if (examples >= curvature.examples()) {
            return curvature.full();
        }
        return curvature.on(
                Sampler.uniform(seed, curvature.examples(), examples).sample(-1, 0));
    }
}
