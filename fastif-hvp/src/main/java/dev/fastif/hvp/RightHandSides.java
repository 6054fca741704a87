package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.SolveReport;
import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Right-hand sides as solvers compute with them: without gaps between their elements, and of a size whose squares are numbers of
 * their type. What is much smaller or larger is multiplied by a power of two, and the solution divided by it.
 *
 * @param vectors each [p]
 * @param exponents of two, by which the given vectors were divided; 0 of those that are as they were given
 */
record RightHandSides(List<INDArray> vectors, List<Integer> exponents) {
    /** Elements up to two to this power, and down to its inverse, stay as they are. */
    private static final int EXPONENT_OF_FLOAT = 20;

    private static final int EXPONENT_OF_DOUBLE = 200;

    /** Checks that each is a finite [p] of a type that solvers compute in. */
    static RightHandSides of(Curvature curvature, List<INDArray> given) {
        Check.argument(!given.isEmpty(), "vectors is empty: there is nothing to solve");
        List<INDArray> vectors = new ArrayList<>();
        List<Integer> exponents = new ArrayList<>();
        for (INDArray vector : given) {
            INDArray checked = checked(curvature, vector);
            int exponent = exponent(checked);
            vectors.add(exponent == 0 ? checked : divided(checked, exponent));
            exponents.add(exponent);
        }
        return new RightHandSides(vectors, exponents);
    }

    private static INDArray checked(Curvature curvature, INDArray vector) {
        Check.readable("vector", vector);
        Check.argument(
                vector.rank() == 1 && vector.length() == curvature.size(),
                "vector has shape %s: it must be [%d], one element for each parameter",
                Arrays.toString(vector.shape()),
                curvature.size());
        Check.argument(
                vector.dataType() == DataType.FLOAT || vector.dataType() == DataType.DOUBLE,
                "vector is %s: give vector.castTo the model's type, FLOAT or DOUBLE",
                vector.dataType());
        Check.finite("vector", vector);
        return vector.stride(0) == 1 ? vector : vector.dup('c');
    }

    private static int exponent(INDArray vector) {
        double most = vector.amaxNumber().doubleValue();
        int exponent = most == 0 ? 0 : Math.getExponent(most);
        boolean isFloat = vector.dataType() == DataType.FLOAT;
        return Math.abs(exponent) <= (isFloat ? EXPONENT_OF_FLOAT : EXPONENT_OF_DOUBLE) ? 0 : exponent;
    }

    /** By two steps: the power of two may be no number of the type. */
    private static INDArray divided(INDArray vector, int exponent) {
        int half = exponent / 2;
        return vector.mul(Math.scalb(1.0, -half)).muli(Math.scalb(1.0, half - exponent));
    }

    /** The solutions for the vectors as they were given. */
    List<Solution> restored(List<Solution> solutions) {
        List<Solution> restored = new ArrayList<>();
        for (int i = 0; i < solutions.size(); i++) {
            int exponent = exponents.get(i);
            restored.add(exponent == 0 ? solutions.get(i) : multiplied(solutions.get(i), exponent));
            if (exponent != 0) {
                Memory.free(vectors.get(i));
            }
        }
        return restored;
    }

    private static Solution multiplied(Solution solution, int exponent) {
        int half = exponent / 2;
        INDArray s = solution.value().muli(Math.scalb(1.0, half)).muli(Math.scalb(1.0, exponent - half));
        SolveReport r = solution.report();
        if (Check.countNotFinite(s) > 0) {
            throw new SolveFailedException(
                    SolveOutcome.NOT_FINITE,
                    String.format(
                            Locale.ROOT,
                            "s is too large for %s, since v is near 2^%d (%s): %s",
                            s.dataType(),
                            exponent,
                            r.solver(),
                            SolveOutcome.NOT_FINITE.remedy()));
        }
        return new Solution(
                s,
                new SolveReport(
                        r.outcome(),
                        r.solver(),
                        r.damping(),
                        r.scale(),
                        r.iterations(),
                        r.relativeResidual(),
                        r.residualExamples(),
                        r.cosine(),
                        r.spread(),
                        r.norms().stream()
                                .map(norm -> Math.scalb(norm, exponent))
                                .toList()));
    }
}
