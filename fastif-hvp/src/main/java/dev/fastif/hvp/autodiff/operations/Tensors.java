package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.Scan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The general operations of a {@link Graph.Builder}, on arrays of any rank: what networks of other libraries are translated
 * to. They are exact to second order in single and double precision, and slower than those of {@link Layers}, which are made for
 * transformers. Shapes are checked when a batch is evaluated. Axes count from 0, negative ones from the last.
 *
 * <p>Not thread-safe, as its builder is not.
 */
public final class Tensors {
    private final Graph.Builder builder;

    /** Adds operations to this builder. */
    public Tensors(Graph.Builder builder) {
        this.builder = builder;
    }

    /** A parameter as a value. */
    public Node value(Parameter parameter) {
        return builder.apply(new ParameterValue(), List.of(), parameter);
    }

    /** {@code f(x)}, element by element. */
    public Node apply(Pointwise function, Node x) {
        return builder.apply(function.operation(), List.of(x));
    }

    /** Any linear map, whose transpose is known. */
    public Node map(LinearMap map, List<Node> inputs) {
        return builder.apply(new Mapped(map), inputs);
    }

    /** An array of elements of x: a formula says where each comes from. */
    public Node take(Picked.Pick pick, Node x) {
        return builder.apply(new Mapped(new Picked(pick)), List.of(x));
    }

    /** Any function of two values that is linear in each. */
    public Node product(Bilinear map, Node a, Node b) {
        return builder.apply(new Bilinear.Product(map), List.of(a, b));
    }

    /** {@code a + b}, with broadcasting. */
    public Node add(Node a, Node b) {
        return builder.apply(new Mapped(new WeightedSum(1, 1)), List.of(a, b));
    }

    /** {@code a - b}, with broadcasting. */
    public Node subtract(Node a, Node b) {
        return builder.apply(new Mapped(new WeightedSum(1, -1)), List.of(a, b));
    }

    /** {@code a * b}, element by element, with broadcasting. */
    public Node multiply(Node a, Node b) {
        return builder.apply(new Bilinear.Product(new Hadamard()), List.of(a, b));
    }

    /** {@code a / b}, element by element, with broadcasting. */
    public Node divide(Node a, Node b) {
        return multiply(a, apply(Pointwise.pow(-1), b));
    }

    /** {@code factor * x}. */
    public Node scale(Node x, double factor) {
        return builder.apply(new Mapped(new Scale(factor)), List.of(x));
    }

    /**
     * Any function of values none of which depends on a trainable parameter, such as comparisons of ids.
     *
     * @param name of the function, in messages
     * @param function whose result is fresh; thread-safe
     */
    public Node evaluate(String name, List<Node> inputs, Function<List<INDArray>, INDArray> function) {
        return builder.apply(new Evaluated(name, function), inputs);
    }

    /** Products of rows [..., k] with a matrix [k, m], or of matrices [..., r, k] with as many [..., k, m]. */
    public Node matmul(Node a, Node b) {
        return builder.apply(new Bilinear.Product(new MatMul()), List.of(a, b));
    }

    /** The dimensions in this order; none is the reverse of theirs. */
    public Node permute(Node x, int... order) {
        return builder.apply(new Mapped(new Permute(boxed(order))), List.of(x));
    }

    /** An axis moved to another place. */
    public Node moveAxis(Node x, int from, int to) {
        return builder.apply(new Mapped(new MoveAxis(from, to)), List.of(x));
    }

    /** A new axis of size 1, that then is axis {@code axis}. */
    public Node insertAxis(Node x, int axis) {
        return builder.apply(new Mapped(new UnitAxis(UnitAxis.Change.INSERT, axis)), List.of(x));
    }

    /** Without an axis of size 1. */
    public Node dropAxis(Node x, int axis) {
        return builder.apply(new Mapped(new UnitAxis(UnitAxis.Change.DROP, axis)), List.of(x));
    }

    /** The elements in this shape: -1 is what is left over, 0 is x's own size there. */
    public Node reshape(Node x, long... shape) {
        return builder.apply(new Mapped(new Reshape(LongStream.of(shape).boxed().toList())), List.of(x));
    }

    /** Arrays one after the other along an axis. */
    public Node concat(int axis, List<Node> arrays) {
        Check.argument(!arrays.isEmpty(), "arrays is empty: there is nothing to join");
        return builder.apply(new Mapped(new Concat(axis)), arrays);
    }

    /**
     * Every {@code step}-th element along an axis.
     *
     * @param begin the first, from the end if negative
     * @param end before which to stop, from the end if negative; Long.MAX_VALUE takes all
     * @param step not 0; a negative one walks backward
     */
    public Node slice(Node x, int axis, long begin, long end, long step) {
        return picked(new Slice(axis, begin, end, step), x);
    }

    /** One of {@code count} equal parts along an axis, which must be divisible by it. */
    public Node part(Node x, int axis, int index, int count) {
        Check.positive("count", count);
        return picked(new Part(axis, index, count), x);
    }

    /** Sums of all up to each element along an axis; without the element itself, and from the end, if asked for. */
    public Node cumulativeSum(Node x, int axis, SumOf of, Direction direction) {
        return builder.apply(
                new Mapped(new CumulativeSum(axis, of == SumOf.THOSE_BEFORE, direction == Direction.BACKWARD)),
                List.of(x));
    }

    /** Whether a cumulative sum counts the element at which it stands. */
    public enum SumOf {
        /** It does. */
        ALL,

        /** It does not. */
        THOSE_BEFORE
    }

    /** Which way a cumulative sum runs. */
    public enum Direction {
        /** From the first element. */
        FORWARD,

        /** From the last. */
        BACKWARD
    }

    /** x times a power of the size of one of its axes. */
    public Node scaleBySize(Node x, int axis, double power) {
        return builder.apply(new Mapped(new BySize(axis, power)), List.of(x));
    }

    /** x [n, t] with axes of size 1 between its two, so that it has the rank of {@code like}. */
    public Node betweenEnds(Node x, Node like) {
        return builder.apply(new Mapped(new BetweenEnds()), List.of(x, like));
    }

    /** Slices of x along an axis at whole-number {@code ids}, whose shape takes the axis's place. Ids may repeat. */
    public Node gather(Node x, Node ids, int axis) {
        return picked(new Gather(axis), x, ids);
    }

    /** One element of each row of x [..., c], at whole-number {@code ids} [...]. */
    public Node pick(Node x, Node ids) {
        return picked(new PerRow(), x, ids);
    }

    /** Zeros before and after, one number for each axis; negative ones cut off. */
    public Node pad(Node x, List<Integer> before, List<Integer> after) {
        Check.argument(before.size() == after.size(), "before has %d axes, after %d", before.size(), after.size());
        return picked(new Pad(List.copyOf(before), List.copyOf(after)), x);
    }

    /** The whole array so many times along each axis. */
    public Node tile(Node x, int... times) {
        return picked(new Repeat(Repeat.Kind.TILES, boxed(times)), x);
    }

    /** Each element so many times beside itself along each axis. */
    public Node repeat(Node x, int... times) {
        return picked(new Repeat(Repeat.Kind.ELEMENTS, boxed(times)), x);
    }

    private Node picked(Picked.Pick pick, Node... inputs) {
        return builder.apply(new Mapped(new Picked(pick)), List.of(inputs));
    }

    /** Sums over these axes, which are dropped. No axes are all but the first. */
    public Node sum(Node x, int... axes) {
        return builder.apply(new Mapped(new Reduce(Reduce.Kind.SUM, boxed(axes))), List.of(x));
    }

    /** Means over these axes, which are dropped. No axes are all but the first. */
    public Node mean(Node x, int... axes) {
        return builder.apply(new Mapped(new Reduce(Reduce.Kind.MEAN, boxed(axes))), List.of(x));
    }

    /** Variances without bias over these axes, which are dropped, of deviations from the mean. */
    public Node meanOfSquaredDeviations(Node deviations, int... axes) {
        Node squares = apply(Pointwise.pow(2), deviations);
        return builder.apply(new Mapped(new Reduce(Reduce.Kind.MEAN_OF_DEVIATIONS, boxed(axes))), List.of(squares));
    }

    /** The largest over these axes, which are dropped; derivatives go to the first of equals. No axes are all but the first. */
    public Node max(Node x, int... axes) {
        return builder.apply(new Selection(new Selection.Along(boxed(axes)), Selection.Choice.LARGEST), List.of(x));
    }

    /** The smallest over these axes, which are dropped; derivatives go to the first of equals. No axes are all but the first. */
    public Node min(Node x, int... axes) {
        return builder.apply(new Selection(new Selection.Along(boxed(axes)), Selection.Choice.SMALLEST), List.of(x));
    }

    /** x stretched to the shape of {@code like}; x is a single number, or of the same rank. {@code name}: of x, in messages. */
    public Node stretch(Node x, Node like, String name) {
        return builder.apply(new Mapped(new Stretch(name)), List.of(x, like));
    }

    /** x, which must have the shape of {@code like}: batches where it has not are refused. Names are for the message. */
    public Node requireShape(Node x, String name, Node like, String likeName) {
        return builder.apply(new Mapped(new Checked(new Checked.SameShape(name, likeName))), List.of(x, like));
    }

    /** x [n r, ...] as [n, ...] with one row for each of the n examples of {@code examples} [n, ...]. */
    public Node rowsOf(Node x, Node examples) {
        return builder.apply(new Mapped(new RowsOf()), List.of(x, examples));
    }

    /** x, which must have so many dimensions: batches where it has not are refused with this message. */
    public Node requireRank(Node x, int rank, String message) {
        return builder.apply(new Mapped(new Checked(new Checked.Rank(rank, message))), List.of(x));
    }

    /** x, whose elements along the last axis may not all be equal: batches where they are are refused with this message. */
    public Node requireSpread(Node x, String message) {
        return builder.apply(new Mapped(new Checked(new Checked.Spread(message))), List.of(x));
    }

    /** x, which must be at least so much where {@code where} is not 0: batches where it is not are refused with this message. */
    public Node requireAtLeast(Node x, Node where, double least, String message) {
        return builder.apply(new Mapped(new Checked(new Checked.AtLeast(least, message))), List.of(x, where));
    }

    /** x, of which no element may be 0: batches where one is are refused with this message. */
    public Node requireNoZeros(Node x, String message) {
        return builder.apply(new Mapped(new Checked(new Checked.NoZeros(message))), List.of(x));
    }

    /** Softmax over the last axis. */
    public Node softmax(Node x) {
        return builder.apply(new Symmetric(new Symmetric.Softmax()), List.of(x));
    }

    /** The logarithm of softmax over the last axis. */
    public Node logSoftmax(Node x) {
        return builder.apply(new LogSoftmax(), List.of(x));
    }

    /** {@code (x - mean) / sqrt(variance + epsilon)} over the last axis. */
    public Node normalize(Node x, double epsilon) {
        Check.notNegative("epsilon", epsilon);
        return builder.apply(new Symmetric(new Symmetric.Normalize(epsilon)), List.of(x));
    }

    /** What a window sees at each position of images [n, c, h, w]: [n, h', w', c * window height * window width]. */
    public Node patches(Node images, Window window) {
        return picked(new Patches(window), images);
    }

    /**
     * Convolution (not flipped) of images [n, c, h, w] with kernels [out, c, window height, window width]: [n, out, h', w'].
     */
    public Node convolution(Node images, Node kernels, Window window) {
        // [c * window, out]: one column for each kernel
        Node columns = permute(reshape(kernels, 0, -1), 1, 0);
        return permute(matmul(patches(images, window), columns), 0, 3, 1, 2);
    }

    /** The largest in each window over images [n, c, h, w]: [n, c, h', w']. Padding is never chosen. */
    public Node maxPooling(Node images, Window window) {
        return builder.apply(new Selection(new Selection.Pooling(window), Selection.Choice.LARGEST), List.of(images));
    }

    /** The mean of each window over images [n, c, h, w], zeros of the padding included: [n, c, h', w']. */
    public Node averagePooling(Node images, Window window) {
        return builder.apply(new Mapped(new AveragePooling(window, AveragePooling.Divisor.WINDOW)), List.of(images));
    }

    /** The mean of the pixels in each window over images [n, c, h, w], without the padding: [n, c, h', w']. */
    public Node averagePoolingOfPixels(Node images, Window window) {
        return builder.apply(new Mapped(new AveragePooling(window, AveragePooling.Divisor.PIXELS)), List.of(images));
    }

    /** A step of a recurrence. */
    @FunctionalInterface
    public interface Step {
        /**
         * Adds the operations of a step.
         *
         * @param ops where they are added; they may use nothing but what is given here
         * @param elements an element [n, ...] of each sequence
         * @param shared the arrays that all steps share
         * @param state the state before, [n, s]
         * @return the state after, [n, s]
         */
        Node next(Tensors ops, List<Node> elements, List<Node> shared, Node state);
    }

    /**
     * A recurrence from a state of zeros: the state after each step, [n, t, s].
     *
     * @param sequences at least one, each [n, t, ...]
     * @param shared arrays that all steps share, such as weights
     * @param stateSize s
     * @param step one step
     */
    public Node scan(List<Node> sequences, List<Node> shared, int stateSize, Step step) {
        Check.argument(!sequences.isEmpty(), "sequences is empty: a recurrence runs along at least one");
        Graph.Builder inner = Graph.builder(builder.dataType());
        Tensors ops = new Tensors(inner);
        INDArray unknown = Nd4j.scalar(0.0);
        List<Node> given = IntStream.range(0, sequences.size() + shared.size() + 1)
                .mapToObj(i -> ops.value(inner.trainable("input " + i, unknown)))
                .toList();
        int split = sequences.size();
        Node next = step.next(
                ops, given.subList(0, split), given.subList(split, given.size() - 1), given.get(given.size() - 1));
        List<Node> inputs = new ArrayList<>(sequences);
        inputs.addAll(shared);
        Scan.Cell cell = new Scan.Cell(inner.build(), next, Check.positive("stateSize", stateSize));
        return builder.apply(new Scan(cell, split), inputs);
    }

    private static List<Integer> boxed(int... numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
