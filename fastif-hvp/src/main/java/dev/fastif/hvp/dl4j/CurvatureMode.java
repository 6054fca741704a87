package dev.fastif.hvp.dl4j;

/** How the derivatives of a DL4J network are made. */
public enum CurvatureMode {
    /** Exactly: the network is translated to a {@link dev.fastif.hvp.autodiff.Graph}. */
    EXACT,

    /**
     * From DL4J's own gradients, by central differences, where a layer has no exact rule: for networks whose training does not
     * mix the examples of a batch, as BatchNormalization does. They are those of the Hessian, so that an engine must be asked for
     * {@link dev.fastif.core.CurvatureMatrix#HESSIAN}. In smooth networks products are wrong by about 1e-6 of their norm in double precision and 1e-3 in single.
     */
    FINITE_DIFFERENCE
}
