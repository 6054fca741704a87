package dev.fastif.hvp;

/** How the derivatives of another library's network are made. */
public enum CurvatureMode {
    /** Exactly: the network is translated to a {@link dev.fastif.hvp.autodiff.Graph}. */
    EXACT,

    /**
     * From the library's own gradients, by central differences, where a part has no exact rule. The first gradient is compared with the
     * slope of the losses, and refused if the library is wrong. They are those of the Hessian, so that an engine must be asked for
     * {@link dev.fastif.core.CurvatureMatrix#HESSIAN}, and measure the loss alone. In smooth networks products are wrong by about 1e-6
     * of their norm in double precision and 1e-3 in single.
     */
    FINITE_DIFFERENCE
}
