package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.ops.impl.reduce3.BaseReduce3Op;

/**
 * An operation of a SameDiff graph, to be translated.
 *
 * @param graph what it is translated to
 * @param ops its general operations
 * @param op the operation
 * @param output which of its values is meant
 * @param inputs its translated arguments
 * @param source the graph
 */
record Call(Graph.Builder graph, Tensors ops, DifferentialFunction op, int output, List<Node> inputs, Source source)
        implements OpCall {
    static final int UNKNOWN = -1;

    String argument(int i) {
        return Source.arguments(op).get(i);
    }

    /** The number of dimensions of an argument, or {@link #UNKNOWN}. */
    int rank(int i) {
        return source.rank(argument(i));
    }

    /** The shape of an argument that is a parameter or a constant. */
    long[] shapeOfParameter(int i) {
        INDArray value = source.value(argument(i));
        if (value == null) {
            throw Refusal.SHAPE.of(op.opName(), i);
        }
        return value.shape().clone();
    }

    /** Whether an argument has a row for each example. */
    boolean isOfExamples(int i) {
        return source.isOfExamples(argument(i));
    }

    @Override
    public @Nullable INDArray constantOrNull(int i) {
        return source.constant(argument(i));
    }

    Node in(int i) {
        return inputs.get(i);
    }

    boolean has(int i) {
        return i < inputs.size();
    }

    /** Its whole-number arguments. */
    long[] ints() {
        return op instanceof DynamicCustomOp custom ? custom.iArgs() : new long[0];
    }

    long integer(int i, long otherwise) {
        long[] all = ints();
        return i < all.length ? all[i] : otherwise;
    }

    double real(int i, double otherwise) {
        double[] all = op instanceof DynamicCustomOp custom ? custom.tArgs() : new double[0];
        return i < all.length ? all[i] : otherwise;
    }

    double scalar() {
        return scalar(op);
    }

    static double scalar(DifferentialFunction op) {
        return ((ScalarOp) op).scalar().getDouble(0);
    }

    /** The numbers of an argument that must be a constant. */
    long[] constant(int i) {
        INDArray value = constantOrNull(i);
        if (value == null) {
            throw Refusal.COMPUTED.of(op.opName(), i);
        }
        return value.ravel().toLongVector();
    }

    /** Whole numbers that are the operation's own, or else those of the argument {@code i}, which must be a constant. */
    long[] intsOrArgument(int i) {
        return has(i) ? constant(i) : ints();
    }

    boolean flag(int i) {
        boolean[] all = op instanceof DynamicCustomOp custom ? custom.bArgs() : new boolean[0];
        return i < all.length && all[i];
    }

    /** The axes of a reduction; none are all. */
    int[] axes() {
        return axes(op, source);
    }

    /**
     * The axes of a reduction; none are all.
     *
     * @throws Unsupported if they are an argument that is no constant
     */
    static int[] axes(DifferentialFunction op, Source source) {
        if (op instanceof BaseReduceOp reduction) {
            boolean isArgument = op.args().length > 1 && !(op instanceof BaseReduce3Op);
            int[] axes = isArgument
                    ? argumentAxes(op, source)
                    : reduction.dimensions() == null || reduction.dimensions().isEmpty()
                            ? new int[0]
                            : reduction.dimensions().toIntVector();
            boolean all = axes.length == 1 && axes[0] == Integer.MAX_VALUE;
            return all ? new int[0] : axes;
        }
        long[] ints = op instanceof DynamicCustomOp custom ? custom.iArgs() : new long[0];
        return Arrays.stream(ints).mapToInt(Math::toIntExact).toArray();
    }

    private static int[] argumentAxes(DifferentialFunction op, Source source) {
        INDArray axes = source.constant(Source.arguments(op).get(1));
        if (axes == null) {
            throw Refusal.COMPUTED_DIMENSIONS.of(op.opName());
        }
        return axes.ravel().toIntVector();
    }

    /** Whether a reduction leaves axes of size 1. */
    boolean keepsAxes() {
        return op instanceof BaseReduceOp reduction && reduction.isKeepDims();
    }
}
