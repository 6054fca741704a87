package dev.fastif.hvp.autodiff;

import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.Session;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an operation sees of a pass: its own node's inputs, parameters and derivatives. All arrays are of the graph's data type, and an
 * adjoint or a tangent has the shape of what it belongs to. What is read here must not be written to, except for {@link #sink}. For
 * the thread of the pass, and no longer than the operation's call.
 */
public final class Frame {
    private final Pass pass;
    private final @Nullable TangentPass tangentPass;
    private final @Nullable Sink sink;
    private final Node node;

    Frame(Pass pass, @Nullable TangentPass tangentPass, @Nullable Sink sink, Node node) {
        this.pass = pass;
        this.tangentPass = tangentPass;
        this.sink = sink;
        this.node = node;
    }

    /** The arithmetic of the pass; operations of ND4J do as well. */
    public Kernels kernels() {
        return pass.kernels;
    }

    /** What the pass runs on, for passes within it. */
    Session session() {
        return pass.session;
    }

    /** The array that the batch carries under this name. */
    INDArray fromBatch(String name) {
        return pass.batch.get(name);
    }

    /** The value of an input. */
    public INDArray input(int i) {
        return pass.value(node.inputs.get(i));
    }

    /** Whether the node has so many inputs, counted from 0. */
    public boolean hasInput(int i) {
        return i < node.inputs.size();
    }

    /** The node's own value. */
    public INDArray value() {
        return pass.value(node);
    }

    /** Sets the node's value, which must not be changed afterwards. */
    public void setValue(INDArray value) {
        pass.values[node.index] = value;
    }

    /** Sets the tangent of the node's value along the frame's direction. */
    public void setTangent(INDArray tangent) {
        tangentPass().tangents[node.index] = tangent;
    }

    /** Whether an input depends on trainable parameters: only then do adjoints have to be sent there. */
    public boolean isActive(int i) {
        return node.inputs.get(i).active;
    }

    /** The tangent of an input, or null if it is constant. */
    @Nullable
    public INDArray inputTangent(int i) {
        return tangentPass().tangents[node.inputs.get(i).index];
    }

    /** Whether the node has so many parameters, counted from 0. */
    public boolean hasParameter(int i) {
        return i < node.parameters.size();
    }

    /** The values of a parameter. */
    public INDArray parameter(int i) {
        return pass.parameter(node.parameters.get(i));
    }

    /** The name of a parameter, for messages. */
    public String parameterName(int i) {
        return node.parameters.get(i).name();
    }

    /** Whether a parameter exists and is trained. */
    public boolean isTrainable(int i) {
        return hasParameter(i) && node.parameters.get(i).trainable();
    }

    /** The direction's part that belongs to a parameter, or null if that is frozen. */
    @Nullable
    public INDArray parameterTangent(int i) {
        return hasParameter(i) ? tangentPass().direction.find(node.parameters.get(i)) : null;
    }

    /** Where a trainable parameter's gradient, or in the second pass its tangent, is to be added. */
    public INDArray sink(int i) {
        return Pass.present(sink, "the sink", node).of(kernels(), node.parameters.get(i));
    }

    /**
     * Adds to the gradient, or in the second pass its tangent, of a trainable parameter: all at once what the node has to add,
     * after it has read the direction's part for the last time.
     */
    public void addToSink(int i, Term... terms) {
        Pass.present(sink, "the sink", node).add(kernels(), node.parameters.get(i), terms);
    }

    /** {@code a^T b}, for {@link #addToSink}. */
    public Term product(INDArray a, INDArray b) {
        return new Terms.Product(kernels(), a, b);
    }

    /** The sum of two of them, a1^T b1 + a2^T b2: of few rows in one walk over the matrix. */
    public Term product(INDArray a1, INDArray b1, INDArray a2, INDArray b2) {
        return (out, keep, factor) -> kernels().setSumOfProducts(out, keep, factor, List.of(a1, a2), List.of(b1, b2));
    }

    /** For each head y^T x, of y [n, heads, c] and its columns of x [n, h], for {@link #addToSink}: its columns of [c, h]. */
    public Term productOfHeads(INDArray y, INDArray x) {
        return new Terms.HeadProduct(kernels(), y, x);
    }

    /** The sum of two of them, in one walk over the matrix. */
    public Term productOfHeads(INDArray y, INDArray x, INDArray y2, INDArray x2) {
        return productOfHeads(kernels().stack(List.of(y, y2)), kernels().stack(List.of(x, x2)));
    }

    /** The sum of rows [..., c], for {@link #addToSink}. */
    public Term sumOfRows(INDArray rows) {
        return new Terms.RowSum(kernels(), rows);
    }

    /** The adjoint of the node's value. */
    public INDArray adjoint() {
        return Pass.present(pass.adjoints[node.index], "adjoint", node);
    }

    /** The tangent of the adjoint of the node's value. */
    public INDArray adjointTangent() {
        return Pass.present(tangentPass().adjointTangents[node.index], "adjoint tangent", node);
    }

    /** Adds to the adjoint of an input. The array must not be changed afterwards. */
    public void addAdjoint(int i, INDArray adjoint) {
        accumulate(pass.adjoints, node.inputs.get(i), adjoint);
    }

    /** Adds to the tangent of the adjoint of an input. The array must not be changed afterwards. */
    public void addAdjointTangent(int i, INDArray adjointTangent) {
        accumulate(tangentPass().adjointTangents, node.inputs.get(i), adjointTangent);
    }

    // A fresh sum each time: the same array may have been sent to several inputs.
    private void accumulate(@Nullable INDArray[] arrays, Node target, INDArray array) {
        INDArray present = arrays[target.index];
        arrays[target.index] = present == null ? array : kernels().sum(present, array);
    }

    /** Keeps what the way back needs of the way forward. */
    public void save(Object state) {
        pass.saved[node.index] = state;
    }

    /** What {@link #save} kept. */
    public <T> T saved(Class<T> type) {
        return type.cast(Pass.present(pass.saved[node.index], "saved state", node));
    }

    /** Keeps what the way back needs of the tangents of the way forward. */
    public void saveTangent(Object state) {
        tangentPass().saved[node.index] = state;
    }

    /** What {@link #saveTangent} kept. */
    public <T> T savedTangent(Class<T> type) {
        return type.cast(Pass.present(tangentPass().saved[node.index], "saved tangent state", node));
    }

    /** The value, which the pass must have computed by now. */
    public <T> T require(@Nullable T value) {
        return Pass.present(value, "an intermediate", node);
    }

    private TangentPass tangentPass() {
        return Pass.present(tangentPass, "tangent pass", node);
    }
}
