package dev.fastif.examples.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon;

/**
 * A plot of lines through points, each with a band if it has a range, as an SVG image whose points show their values. Not
 * thread-safe.
 */
public final class Chart {
    private static final Pattern STYLE = Pattern.compile("<style.*?</style>", Pattern.DOTALL);
    private static final Pattern CIRCLE = Pattern.compile("<circle ");
    private static final Pattern SIZE = Pattern.compile("width=\"([0-9.]+)\" height=\"([0-9.]+)\"");
    private static final String LOGARITHMIC = "log10";
    private static final double ROOM = 0.03;

    private final String title;
    private final String xName;
    private final String yName;
    private final List<Point> points = new ArrayList<>();
    private boolean logarithmicX;
    private boolean logarithmicY;

    private record Point(String line, double x, double y, double low, double high, String tip) {
        boolean isFinite() {
            return Double.isFinite(x) && Double.isFinite(y) && Double.isFinite(low) && Double.isFinite(high);
        }
    }

    /** Begins a plot with linear axes. */
    public Chart(String title, String xName, String yName) {
        this.title = title;
        this.xName = xName;
        this.yName = yName;
    }

    /** Makes the horizontal axis logarithmic: then all x must be above 0. */
    public Chart logarithmicX() {
        logarithmicX = true;
        return this;
    }

    /** Makes the vertical axis logarithmic: then all y must be above 0. */
    public Chart logarithmicY() {
        logarithmicY = true;
        return this;
    }

    /** Adds a point to the line of this name. A point that is not finite is left out. */
    public Chart add(String line, double x, double y) {
        return add(line, x, y, y, y);
    }

    /** Adds a point with the ends of its range. */
    public Chart add(String line, double x, double y, double low, double high) {
        StringBuilder tip = new StringBuilder(line)
                .append(String.format(Locale.ROOT, "%n%s %.4g%n%s %.4g", xName, x, yName, y)
                        .replace("\r", ""));
        if (low != high) {
            tip.append(String.format(Locale.ROOT, " (%.4g to %.4g)", low, high));
        }
        Point point = new Point(line, x, y, low, high, tip.toString());
        if (point.isFinite()) {
            points.add(point);
        }
        return this;
    }

    /** The image; a note that there is nothing to see if there are no points. */
    public String svg() {
        if (points.isEmpty()) {
            return "<svg viewBox=\"0 0 600 60\" role=\"img\"><text x=\"10\" y=\"35\">" + Html.text(title)
                    + ": no points</text></svg>";
        }
        List<Object> layers = new ArrayList<>();
        if (points.stream().anyMatch(point -> point.low() != point.high())) {
            layers.add(map(
                    "geom",
                    "ribbon",
                    "mapping",
                    map("ymin", "low", "ymax", "high", "fill", "line"),
                    "alpha",
                    0.15,
                    "size",
                    0.0));
        }
        layers.add(map("geom", "line", "size", 1.0));
        layers.add(map("geom", "point", "size", 3.0));
        Map<String, Object> specification = map(
                "kind", "plot",
                "ggsize", map("width", 720.0, "height", 400.0),
                "ggtitle", map("text", title),
                "data",
                        map(
                                "x", points.stream().map(Point::x).toList(),
                                "y", points.stream().map(Point::y).toList(),
                                "low", points.stream().map(Point::low).toList(),
                                "high", points.stream().map(Point::high).toList(),
                                "line", points.stream().map(Point::line).toList()),
                "mapping", map("x", "x", "y", "y", "color", "line"),
                "layers", layers,
                "theme", map("legend_title", "blank"),
                "scales", scaleList());
        return withTips(PlotSvgExportCommon.INSTANCE.buildSvgImageFromRawSpecs(
                specification, null, (width, height, colors) -> "", true));
    }

    private List<Object> scaleList() {
        Map<String, Object> x = map("aesthetic", "x", "name", xName);
        Map<String, Object> y = map("aesthetic", "y", "name", yName);
        List<String> colors =
                LineColors.of(points.stream().map(Point::line).distinct().toList());
        if (logarithmicX) {
            x.put("trans", LOGARITHMIC);
            // the library leaves no room beside the outermost points of a logarithmic axis
            double least = points.stream().mapToDouble(Point::x).min().orElseThrow();
            double most = points.stream().mapToDouble(Point::x).max().orElseThrow();
            double room = Math.pow(most / least, ROOM) * (most > least ? 1 : 2);
            x.put("limits", List.of(least / room, most * room));
        }
        if (logarithmicY) {
            y.put("trans", LOGARITHMIC);
        }
        return new ArrayList<>(
                List.of(x, y, map("aesthetic", "color", "values", colors), map("aesthetic", "fill", "values", colors)));
    }

    /** The plot's circles come in the order of the points; those of the legend come after them. */
    private String withTips(String image) {
        String plain = STYLE.matcher(image).replaceFirst("");
        StringBuilder svg = new StringBuilder();
        Matcher circles = CIRCLE.matcher(plain);
        for (Point point : points) {
            if (!circles.find()) {
                throw new IllegalStateException("the plot has fewer circles than points");
            }
            circles.appendReplacement(
                    svg,
                    Matcher.quoteReplacement("<circle class=\"series\" data-tip=\"" + Html.text(point.tip()) + "\" "));
        }
        circles.appendTail(svg);
        return SIZE.matcher(svg).replaceFirst("viewBox=\"0 0 $1 $2\" role=\"img\"");
    }

    /** A map that can be changed: the library completes it. */
    private static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
