package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.Operation;
import dev.fastif.hvp.autodiff.kernels.Activation;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function of every element. */
record Activated(Activation function) implements Operation {
    @Override
    public void forward(Frame f, List<Frame> along) {
        List<INDArray> ys = f.kernels().activate(function, f.input(0), tangents(along));
        f.setValue(ys.get(0));
        for (int i = 0; i < along.size(); i++) {
            along.get(i).setTangent(ys.get(i + 1));
        }
    }

    @Override
    public void adjoint(Frame f) {
        backward(f, List.of());
    }

    @Override
    public void backward(Frame f, List<Frame> along) {
        List<INDArray> ofAdjoint = along.stream().map(Frame::adjointTangent).toList();
        List<INDArray> gxs = f.kernels().activateBack(function, f.input(0), f.adjoint(), tangents(along), ofAdjoint);
        f.addAdjoint(0, gxs.get(0));
        for (int i = 0; i < along.size(); i++) {
            along.get(i).addAdjointTangent(0, gxs.get(i + 1));
        }
    }

    private static List<INDArray> tangents(List<Frame> along) {
        return along.stream().map(f -> f.require(f.inputTangent(0))).toList();
    }

    @Override
    public String name() {
        return function.name().toLowerCase(Locale.ROOT);
    }
}
