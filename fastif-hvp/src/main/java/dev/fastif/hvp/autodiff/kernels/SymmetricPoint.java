package dev.fastif.hvp.autodiff.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A function evaluated at a point x where its Jacobian J is symmetric. Softmax ({@code diag(y) - y y^T}) and normalization
 * ({@code (I - 1 1^T/c - y y^T/c) / sigma}) are such functions, so one product serves tangents and adjoints alike, and its derivative serves the tangents of adjoints.
 */
public interface SymmetricPoint {
    /** The function's value y. */
    INDArray value();

    /** J u: the tangent of y for the tangent u of x, and the adjoint of x for the adjoint u of y. */
    INDArray product(INDArray u);

    /**
     * The tangent of {@code J u} when x and u move along theirs.
     *
     * @param xTangent the tangent of x
     * @param yTangent the tangent of y, {@code J xTangent}
     * @param u any array of x's shape
     * @param uTangent its tangent
     */
    INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent);
}
