package dev.fastif.examples.study;

import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Table;
import dev.fastif.examples.study.CorrectionStudy.Arm;
import dev.fastif.examples.study.CorrectionStudy.Course;
import dev.fastif.examples.study.CorrectionStudy.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Tables and figures of a {@link CorrectionStudy}. Immutable. */
public record CorrectionReport(List<Course> courses) {
    /** Copies the list. */
    public CorrectionReport {
        courses = List.copyOf(courses);
    }

    /** Accuracy and loss before and after, for each slice and arm: mean and deviation over the repetitions. */
    public Table table() {
        Table.Builder table = new Table.Builder(
                "Accuracy and loss of each slice after the last step, by what the steps were taken on",
                "slice",
                "steps on",
                "accuracy before",
                "accuracy after",
                "gain",
                "loss before",
                "loss after",
                "validation loss after");
        int last = iterations();
        for (String slice : slices()) {
            for (Arm arm : Arm.values()) {
                Summary before = summary(slice, arm, 0, Score::accuracy);
                Summary after = summary(slice, arm, last, Score::accuracy);
                table.row(
                        slice,
                        name(arm),
                        before.mean(),
                        after.text(),
                        String.format(Locale.ROOT, "%+.4f", after.mean() - before.mean()),
                        summary(slice, arm, 0, Score::loss).mean(),
                        summary(slice, arm, last, Score::loss).text(),
                        summary(slice, arm, last, Score::validationLoss).text());
            }
        }
        return table.build();
    }

    /** The mean gain in accuracy over the slices: what the paper sums up. */
    public Table overall() {
        Table.Builder table = new Table.Builder(
                "Mean over the slices",
                "steps on",
                "accuracy before",
                "accuracy after",
                "gain",
                "loss before",
                "loss after");
        int last = iterations();
        for (Arm arm : Arm.values()) {
            table.row(
                    name(arm),
                    mean(arm, 0, Score::accuracy),
                    mean(arm, last, Score::accuracy),
                    String.format(
                            Locale.ROOT, "%+.4f", mean(arm, last, Score::accuracy) - mean(arm, 0, Score::accuracy)),
                    mean(arm, 0, Score::loss),
                    mean(arm, last, Score::loss));
        }
        return table.build();
    }

    private double mean(Arm arm, int iteration, ToDoubleFunction<Score> value) {
        return slices().stream()
                .mapToDouble(slice -> summary(slice, arm, iteration, value).mean())
                .average()
                .orElse(Double.NaN);
    }

    /** Accuracy and loss over the iterations, for each slice. */
    public List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (String slice : slices()) {
            figures.add(figure(slice, "accuracy", Score::accuracy));
            figures.add(figure(slice, "loss", Score::loss));
            figures.add(figure(slice, "validation loss", Score::validationLoss));
        }
        return figures;
    }

    private Figure figure(String slice, String quantity, ToDoubleFunction<Score> value) {
        Chart chart = new Chart(slice + ": " + quantity, "gradient steps", quantity);
        List<String> columns = new ArrayList<>(List.of("steps"));
        List<List<String>> rows = new ArrayList<>();
        for (Arm arm : Arm.values()) {
            columns.add(name(arm));
            for (int iteration = 0; iteration <= iterations(); iteration++) {
                Summary summary = summary(slice, arm, iteration, value);
                chart.add(name(arm), iteration, summary.mean(), summary.least(), summary.most());
            }
        }
        for (int iteration = 0; iteration <= iterations(); iteration++) {
            List<String> row = new ArrayList<>(List.of(String.valueOf(iteration)));
            for (Arm arm : Arm.values()) {
                row.add(summary(slice, arm, iteration, value).text());
            }
            rows.add(row);
        }
        return new Figure(
                "Lines are means over the repetitions, bands their range.",
                chart.svg(),
                new Table(slice + ": " + quantity, columns, rows));
    }

    private static String name(Arm arm) {
        return arm.name().toLowerCase(Locale.ROOT);
    }

    private List<String> slices() {
        return courses.stream().map(Course::slice).distinct().toList();
    }

    private int iterations() {
        return courses.stream()
                .flatMap(course -> course.scores().stream())
                .mapToInt(Score::iteration)
                .max()
                .orElse(0);
    }

    private Summary summary(String slice, Arm arm, int iteration, ToDoubleFunction<Score> value) {
        return Summary.of(courses.stream()
                .filter(course -> course.slice().equals(slice) && course.arm() == arm)
                .flatMap(course -> course.scores().stream())
                .filter(score -> score.iteration() == iteration)
                .mapToDouble(value)
                .boxed()
                .toList());
    }
}
