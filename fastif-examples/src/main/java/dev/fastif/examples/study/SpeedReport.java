package dev.fastif.examples.study;

import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Tables and the figure of a {@link SpeedStudy}. Whatever was measured on fewer steps or examples than it stands for is marked
 * with {@code ~}.
 *
 * @param size how many training examples there are
 */
public record SpeedReport(
        SpeedStudy.Settings settings, int size, SpeedStudy.Preparation preparation, List<SpeedStudy.Point> points) {
    /** MultiNLI's training pairs, on which the paper measures. */
    private static final int PAPERS_SIZE = 392_702;

    private static final List<Integer> NEAREST = List.of(10_000, 1_000);

    /** Copies the list. */
    public SpeedReport {
        points = List.copyOf(points);
    }

    /** One of the paper's columns. */
    private record Column(String name, int steps, Function<SpeedStudy.Point, SpeedStudy.Cost> cost) {}

    private List<Column> columns() {
        int workers = settings.workers();
        return List.of(
                new Column("original s_test, 1 worker", settings.originalSteps(), SpeedStudy.Point::original),
                new Column("fast s_test, 1 worker", settings.fastSteps(), SpeedStudy.Point::fast),
                new Column(
                        "fast s_test, " + workers + (workers == 1 ? " worker" : " workers"),
                        settings.fastSteps(),
                        SpeedStudy.Point::parallel));
    }

    /** All tables. */
    public List<Table> tables() {
        return List.of(table(), costs(), limits());
    }

    /** The paper's table 1. */
    private Table table() {
        Table.Builder table = new Table.Builder(
                String.format(
                        Locale.ROOT,
                        "Seconds of a question, mean and deviation over %d points (original: J = %d, B = %d, T = 1; fast: J ="
                                + " %d, B = 1, T = %d); ~ is extrapolated",
                        points.size(),
                        settings.depth(),
                        settings.originalBatch(),
                        settings.depth(),
                        settings.repeats()),
                "preselection",
                columns().get(0).name(),
                columns().get(1).name(),
                columns().get(2).name());
        List<Integer> scored = new ArrayList<>(List.of(PAPERS_SIZE, size));
        NEAREST.stream().filter(k -> k < size).forEach(scored::add);
        double slowest = mean(columns().get(0), size);
        for (int count : scored.stream().distinct().toList()) {
            List<Object> row = new ArrayList<>(List.of(name(count)));
            columns().forEach(column -> row.add(cell(column, count, slowest)));
            table.row(row.toArray());
        }
        return table.build();
    }

    private String name(int count) {
        String name = count == size ? "none, all %,d pairs" : count > size ? "none, the paper's %,d pairs" : "k = %,d";
        return String.format(Locale.ROOT, name, count);
    }

    private String cell(Column column, int count, double slowest) {
        Summary seconds = over(cost -> cost.seconds(settings.depth(), count), column);
        boolean measured = count <= settings.scored() && 2 * column.steps() >= settings.depth();
        return String.format(
                Locale.ROOT,
                "%s%.1f +- %.1f (%.1fx)",
                measured ? "" : "~",
                seconds.mean(),
                seconds.deviation(),
                slowest / seconds.mean());
    }

    private Table costs() {
        Table.Builder table = new Table.Builder(
                String.format(
                        Locale.ROOT,
                        "What it is made of, seconds (steps measured: %d original, %d fast; examples scored: %,d)",
                        settings.originalSteps(),
                        settings.fastSteps(),
                        settings.scored()),
                "s_test",
                "search and gradient",
                "certificate",
                "step",
                "s_test in all",
                "scored example");
        for (Column column : columns()) {
            table.row(
                    column.name(),
                    over(SpeedStudy.Cost::start, column).text(),
                    over(SpeedStudy.Cost::solve, column).text(),
                    over(SpeedStudy.Cost::step, column).text(),
                    over(cost -> cost.solve() + settings.depth() * cost.step(), column)
                            .text(),
                    over(SpeedStudy.Cost::example, column).text());
        }
        return table.build();
    }

    /** Where preselection begins to pay, and where more candidates begin to hurt. */
    private Table limits() {
        Column fast = columns().get(1);
        double example = over(SpeedStudy.Cost::example, fast).mean();
        double solve = over(cost -> cost.solve() + settings.depth() * cost.step(), fast)
                .mean();
        double features = preparation.example();
        return new Table.Builder("How large k can be, on one worker", "as long as", "k")
                .row("scoring takes less than s_test", limit(solve / example))
                .row("a search saves time (index at hand)", limit(size - preparation.search() / example))
                .row(
                        "index and search save time (a single question)",
                        limit(size * (1 - features / example) - preparation.search() / example))
                .build();
    }

    private String limit(double k) {
        return k <= 0 ? "never" : String.format(Locale.ROOT, "%,.0f%s", k, k > size ? " (there are fewer)" : "");
    }

    /** Seconds against the number of candidates. */
    public Figure figure() {
        Chart chart = new Chart("Seconds of a question", "examples scored", "seconds")
                .logarithmicX()
                .logarithmicY();
        for (Column column : columns()) {
            for (int count = 10; count < size; count *= 10) {
                chart.add(column.name(), count, mean(column, count));
            }
            chart.add(column.name(), size, mean(column, size));
        }
        return new Figure(
                "What is right of a line's bend is scoring, what is left of it s_test.", chart.svg(), table());
    }

    private double mean(Column column, int count) {
        return over(cost -> cost.seconds(settings.depth(), count), column).mean();
    }

    private Summary over(ToDoubleFunction<SpeedStudy.Cost> value, Column column) {
        return Summary.of(points.stream()
                .map(point -> value.applyAsDouble(column.cost().apply(point)))
                .toList());
    }
}
