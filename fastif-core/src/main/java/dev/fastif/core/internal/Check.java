package dev.fastif.core.internal;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.longer.MatchCondition;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** Argument checks whose messages carry the argument, its value, the bound and the remedy. */
public final class Check {
    private Check() {}

    /** Throws {@link IllegalArgumentException} with the formatted message unless the condition holds. */
    public static void argument(boolean condition, String template, @Nullable Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, template, arguments));
        }
    }

    /** Returns {@code value} if it is at least 1. */
    public static int positive(String name, int value) {
        argument(value >= 1, "%s is %d: it must be at least 1", name, value);
        return value;
    }

    /** Returns {@code value} if it is finite and greater than 0. */
    public static double positive(String name, double value) {
        argument(Double.isFinite(value) && value > 0, "%s is %s: it must be a finite number above 0", name, value);
        return value;
    }

    /** Returns {@code value} if it is finite and at least 0. */
    public static double notNegative(String name, double value) {
        argument(
                Double.isFinite(value) && value >= 0,
                "%s is %s: it must be a finite number of at least 0",
                name,
                value);
        return value;
    }

    /** Returns {@code array} if each of its elements is finite. */
    public static INDArray finite(String name, INDArray array) {
        long bad = countNotFinite(array);
        argument(
                bad == 0,
                "%s has %d non-finite values (NaN or infinite) among %d: check the data and the model's parameters",
                name,
                bad,
                array.length());
        return array;
    }

    /** How many elements of {@code array} are NaN or infinite. */
    public static long countNotFinite(INDArray array) {
        if (array.isEmpty()) {
            return 0;
        }
        return Nd4j.getExecutioner()
                .exec(new MatchCondition(array, Conditions.notFinite()))
                .getLong(0);
    }
}
