package dev.fastif.examples.study;

import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.correlation.KendallsCorrelation;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/** How alike two estimates of the same influences are (paper, table 2). */
public record Correlations(double pearson, double spearman, double kendall) {
    /** Correlates two estimates of at least two influences. */
    public static Correlations of(double[] fast, double... full) {
        return new Correlations(
                new PearsonsCorrelation().correlation(fast, full),
                new SpearmansCorrelation().correlation(fast, full),
                new KendallsCorrelation().correlation(fast, full));
    }

    /** Mean and standard deviation of each coefficient, in a line. */
    public static String summary(List<Correlations> all) {
        return String.format(
                Locale.ROOT,
                "Pearson %s, Spearman %s, Kendall %s",
                summary(all.stream().mapToDouble(Correlations::pearson).toArray()),
                summary(all.stream().mapToDouble(Correlations::spearman).toArray()),
                summary(all.stream().mapToDouble(Correlations::kendall).toArray()));
    }

    private static String summary(double... values) {
        double deviation = values.length < 2 ? 0 : Math.sqrt(StatUtils.variance(values));
        return String.format(Locale.ROOT, "%.4f +- %.4f", StatUtils.mean(values), deviation);
    }
}
