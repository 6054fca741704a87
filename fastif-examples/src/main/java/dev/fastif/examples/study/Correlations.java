package dev.fastif.examples.study;

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
}
