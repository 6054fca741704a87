package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A linear map of the inputs: the tangent is the map of their tangents, adjoints go back through its transpose. */
record Mapped(LinearMap map) implements SimpleOperation {
    @Override
    public INDArray value(Frame f) {
        List<INDArray> inputs = inputs(f).mapToObj(f::input).toList();
        LinearMap.Plan plan = map.at(inputs);
        f.save(plan);
        return Elements.dense(plan.apply(inputs));
    }

    @Override
    public INDArray tangent(Frame f) {
        List<INDArray> tangents = inputs(f).mapToObj(i -> tangentOrZero(f, i)).toList();
        return Elements.dense(plan(f).apply(tangents));
    }

    @Override
    public void adjoint(Frame f) {
        inputs(f).filter(f::isActive).forEach(i -> f.addAdjoint(i, Elements.dense(plan(f).transpose(i, f.adjoint()))));
    }

    @Override
    public void adjointTangent(Frame f) {
        inputs(f)
                .filter(f::isActive)
                .forEach(i -> f.addAdjointTangent(i, Elements.dense(plan(f).transpose(i, f.adjointTangent()))));
    }

    private static IntStream inputs(Frame f) {
        return IntStream.iterate(0, f::hasInput, i -> i + 1);
    }

    private static LinearMap.Plan plan(Frame f) {
        return f.saved(LinearMap.Plan.class);
    }

    private static INDArray tangentOrZero(Frame f, int i) {
        INDArray tangent = f.inputTangent(i);
        return tangent == null ? f.input(i).ulike().assign(0) : tangent;
    }

    @Override
    public String name() {
        return map.toString();
    }
}
