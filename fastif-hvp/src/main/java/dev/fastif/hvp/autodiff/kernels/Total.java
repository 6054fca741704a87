package dev.fastif.hvp.autodiff.kernels;

/** A sum of numbers, for one thread. */
public final class Total {
    private double value;

    /** Adds numbers. */
    public void addAll(double... numbers) {
        for (double number : numbers) {
            value += number;
        }
    }

    /** The sum since it was last taken. */
    public double take() {
        double taken = value;
        value = 0;
        return taken;
    }
}
