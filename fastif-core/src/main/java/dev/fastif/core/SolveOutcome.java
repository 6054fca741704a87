package dev.fastif.core;

/** How a solve ended, and what to change if it gave no solution. */
public enum SolveOutcome {
    /** The promise was kept. */
    SOLVED("nothing has to change"),

    /** The residual that was asked for was not reached. */
    TOLERANCE_NOT_MET("raise maxIterations or the damping, or ask for a larger tolerance"),

    /** The damped curvature is not positive definite, so that there is no minimum to follow. */
    NOT_DEFINITE("raise the damping to what the message says, or invert the Gauss-Newton matrix"),

    /** A recursion grew instead of contracting, or ended further from a solution than s = 0 is. */
    DIVERGED("raise the scale, the damping, the batch size or the repeats, as the message says"),

    /** A product, or a solution, was not finite. */
    NOT_FINITE("check the model's parameters and data"),

    /** The loss is piecewise linear: its curvature is zero, and v / lambda would be all that is left of s. */
    NO_CURVATURE("train with a loss that bends, or invert the Hessian if the model is not linear in its parameters");

    private final String remedy;

    SolveOutcome(String remedy) {
        this.remedy = remedy;
    }

    /** What to change. */
    public String remedy() {
        return remedy;
    }
}
