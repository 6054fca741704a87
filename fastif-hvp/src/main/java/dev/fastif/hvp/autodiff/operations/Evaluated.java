package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Constant;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A function of what does not depend on trainable parameters: it has no derivatives. */
record Evaluated(String name, Function<List<INDArray>, INDArray> function) implements Constant {
    @Override
    public INDArray value(Frame f) {
        return Elements.dense(function.apply(
                IntStream.iterate(0, f::hasInput, i -> i + 1).mapToObj(f::input).toList()));
    }
}
