package dev.fastif.hvp.autodiff;

/**
 * The normal distribution function in single precision, by cubic interpolation of exact values and slopes in cells of 1/64
 * between -8 and 8, and its density, the cubic's derivative: both wrong by less than 1e-7.
 */
final class NormalTable {
    static final NormalTable INSTANCE = new NormalTable();

    private static final int CELLS_PER_UNIT = 64;
    private static final float END = 8;
    private static final int CELLS = (int) (2 * END * CELLS_PER_UNIT);
    private static final int COEFFICIENTS = 4;

    /** Steps of Simpson's rule in a cell. */
    private static final int STEPS = 8;

    private final float[] cubics = new float[COEFFICIENTS * CELLS];

    private NormalTable() {
        double width = 1.0 / CELLS_PER_UNIT;
        double total = 0;
        for (int cell = 0; cell < CELLS; cell++) {
            double left = -END + cell * width;
            double right = left + width;
            double next = total + integral(left, width);
            hermite(cell, total, next, exactDensity(left) * width, exactDensity(right) * width);
            total = next;
        }
    }

    /** Phi(x); NaN for NaN. */
    float cumulative(float x) {
        if (x > -END && x < END) {
            float at = (x + END) * CELLS_PER_UNIT;
            int cell = cell(at);
            float t = at - cell;
            int c = COEFFICIENTS * cell;
            return cubics[c] + t * (cubics[c + 1] + t * (cubics[c + 2] + t * cubics[c + 3]));
        }
        return x >= END ? 1 : x <= -END ? 0 : Float.NaN;
    }

    /** phi(x), the derivative of Phi; NaN for NaN. */
    float density(float x) {
        if (x > -END && x < END) {
            float at = (x + END) * CELLS_PER_UNIT;
            int cell = cell(at);
            float t = at - cell;
            int c = COEFFICIENTS * cell;
            return CELLS_PER_UNIT * (cubics[c + 1] + t * (2 * cubics[c + 2] + t * (3 * cubics[c + 3])));
        }
        return Float.isNaN(x) ? Float.NaN : 0;
    }

    private static int cell(float at) {
        return Math.min((int) at, CELLS - 1);
    }

    /** The cubic on [0, 1] with these values and slopes at its ends. */
    private void hermite(int cell, double left, double right, double slopeLeft, double slopeRight) {
        int c = COEFFICIENTS * cell;
        cubics[c] = (float) left;
        cubics[c + 1] = (float) slopeLeft;
        cubics[c + 2] = (float) (3 * (right - left) - 2 * slopeLeft - slopeRight);
        cubics[c + 3] = (float) (slopeLeft + slopeRight - 2 * (right - left));
    }

    private static double integral(double left, double width) {
        double h = width / STEPS;
        double sum = exactDensity(left) + exactDensity(left + width);
        for (int i = 1; i < STEPS; i++) {
            sum += (i % 2 == 1 ? 4 : 2) * exactDensity(left + i * h);
        }
        return sum * h / 3;
    }

    private static double exactDensity(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
}
