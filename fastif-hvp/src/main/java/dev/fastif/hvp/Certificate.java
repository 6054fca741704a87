package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.SolveReport;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Measures how well vectors solve {@code (H + lambda I) s = v}, with H the operator over {@code examples} training examples.
 *
 * @param solver the solver and its choices, in words
 * @param scale sigma, or NaN
 * @param promise the largest relative residual of a solution
 * @param broken what it is called if the promise is not kept
 */
record Certificate(
        String solver,
        double damping,
        double scale,
        LinearOperator operator,
        int examples,
        double promise,
        SolveOutcome broken) {
    /**
     * How one right-hand side was solved.
     *
     * @param spread relative standard error, or NaN
     */
    record Course(INDArray solution, int iterations, double spread, List<Double> norms) {}

    /**
     * Makes sure that there is a system to solve.
     *
     * @throws SolveFailedException if the loss has no curvature along one of the vectors
     */
    static void requireCurvature(LinearOperator operator, List<INDArray> vectors) {
        for (INDArray vector : vectors) {
            String flat = Vectors.norm(vector) == 0 ? "" : operator.flatness(vector);
            if (!flat.isEmpty()) {
                throw new SolveFailedException(
                        SolveOutcome.NO_CURVATURE,
                        flat + ", as that of absolute errors and hinges is: s would be v / damping whatever the data. "
                                + SolveOutcome.NO_CURVATURE.remedy()
                                + ": CurvatureMatrix.HESSIAN, with enough damping");
            }
        }
    }

    /** Measures the residual of every solution. */
    List<Solution> of(List<INDArray> vectors, List<Course> courses) {
        List<INDArray> images =
                operator.applyAll(courses.stream().map(Course::solution).toList());
        List<Solution> solutions = new ArrayList<>();
        for (int i = 0; i < courses.size(); i++) {
            solutions.add(solution(vectors.get(i), courses.get(i), images.get(i)));
        }
        return solutions;
    }

    private Solution solution(INDArray vector, Course course, INDArray residual) {
        INDArray s = course.solution;
        Vectors.add(residual, damping, s);
        Vectors.add(residual, -1, vector);
        double length = Vectors.norm(vector);
        double relative = length == 0 ? Vectors.norm(residual) : Vectors.norm(residual) / length;
        Memory.free(residual);
        return new Solution(
                s,
                new SolveReport(
                        relative <= promise ? SolveOutcome.SOLVED : broken,
                        solver,
                        damping,
                        scale,
                        course.iterations,
                        relative,
                        examples,
                        Vectors.cosine(s, vector),
                        course.spread,
                        course.norms));
    }

    /** The operator over a sample that depends on the seed alone, or over all examples if there are no more. */
    static LinearOperator operator(Curvature curvature, int examples, long seed) {
        if (examples >= curvature.examples()) {
            return curvature.full();
        }
        return curvature.on(sample(curvature, examples, seed));
    }

    private static int[] sample(Curvature curvature, int examples, long seed) {
        return Sampler.uniform(seed, curvature.examples(), examples).sample(Sampler.Stream.RESIDUAL, 0);
    }
}
