package dev.fastif.core.internal;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
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

    /** Returns {@code array} if it holds numbers that can be read; native code that is given freed memory ends the JVM. */
    public static INDArray readable(String name, INDArray array) {
        String problem = unreadable(array);
        argument(problem.isEmpty(), "%s %s", name, problem);
        return array;
    }

    /** Why no numbers can be read from {@code array}, and what to do: what follows its name in a sentence. Empty if they can be. */
    public static String unreadable(INDArray array) {
        if (array.wasClosed()) {
            return "has been closed: give an array that is open";
        }
        if (!array.dataType().isNumerical() && array.dataType() != DataType.BOOL) {
            return "is of type " + array.dataType() + ": numbers are needed"
                    + (array.isCompressed() ? ", so decompress it by Nd4j.getCompressor()" : "");
        }
        MemoryWorkspace workspace = array.isAttached() ? array.data().getParentWorkspace() : null;
        if (workspace == null || workspace.getWorkspaceType() == MemoryWorkspace.Type.CIRCULAR) {
            return "";
        }
        // the same question that ND4J asks of operands when it is told to look for such errors
        boolean lives = workspace.isScopeActive()
                && workspace.getGenerationId() == array.data().getGenerationId();
        return lives
                ? ""
                : "lies in workspace '" + workspace.getId()
                        + "', which was left since: detach() it before the workspace is closed";
    }

    /** Returns {@code array} if it is {@link #readable} and each of its elements is finite. */
    public static INDArray finite(String name, INDArray array) {
        readable(name, array);
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
        if (array.isEmpty() || !array.dataType().isFPType()) {
            return 0; // of booleans ND4J would count those that are true
        }
        return Nd4j.getExecutioner()
                .exec(new MatchCondition(array, Conditions.notFinite()))
                .getLong(0);
    }
}
