package dev.fastif.hvp.autodiff;

/** A sum of numbers, for one thread. */
final class Total {
    private double value;

    void addAll(double... numbers) {
        for (double number : numbers) {
            value += number;
        }
    }

    /** The sum since it was last taken. */
    double take() {
        double taken = value;
        value = 0;
        return taken;
    }
}
