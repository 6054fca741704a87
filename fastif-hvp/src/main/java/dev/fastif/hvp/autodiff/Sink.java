package dev.fastif.hvp.autodiff;

import dev.fastif.hvp.autodiff.kernels.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a pass tells of the gradients of parameters on its way back: their sum is one use, each example's by itself another. */
interface Sink {
    /** Adds terms to a matrix, whose part of the pass's direction is read no more by the calling node. */
    void add(Kernels kernels, Parameter parameter, Term... terms);

    /** The sum so far of a parameter, to be added to. */
    INDArray of(Kernels kernels, Parameter parameter);
}
