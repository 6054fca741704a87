package dev.fastif.examples.study;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import org.apache.commons.math3.stat.StatUtils;

/**
 * Mean, deviation and range of some numbers; NaN if there are none.
 *
 * @param deviation of the sample; 0 for a single number
 */
record Summary(int count, double mean, double deviation, double least, double most) {
    static Summary of(Collection<Double> numbers) {
        double[] values = numbers.stream().mapToDouble(Double::doubleValue).toArray();
        return new Summary(
                values.length,
                StatUtils.mean(values),
                values.length < 2 ? 0 : Math.sqrt(StatUtils.variance(values)),
                Arrays.stream(values).min().orElse(Double.NaN),
                Arrays.stream(values).max().orElse(Double.NaN));
    }

    double low() {
        return mean - deviation;
    }

    double high() {
        return mean + deviation;
    }

    /** Such as {@code 0.512 +- 0.034}. */
    String text() {
        return count == 0 ? "-" : String.format(Locale.ROOT, "%.4g +- %.2g", mean, deviation);
    }
}
