package dev.fastif.hvp.autodiff;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a {@link Pass} holds for one direction of the parameters: tangents of values, and of adjoints. */
final class TangentPass {
    final ParameterViews direction;
    final @Nullable INDArray[] tangents;
    final @Nullable INDArray[] adjointTangents;
    final @Nullable Object[] saved;

    TangentPass(ParameterViews direction, int nodes) {
        this.direction = direction;
        tangents = new INDArray[nodes];
        adjointTangents = new INDArray[nodes];
        saved = new Object[nodes];
    }
}
