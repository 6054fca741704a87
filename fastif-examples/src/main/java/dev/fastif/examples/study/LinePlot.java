package dev.fastif.examples.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon;

/** A plot of lines on logarithmic axes, as an SVG image. Not thread-safe. */
final class LinePlot {
    private final String title;
    private final String xName;
    private final String yName;
    private final List<Double> xs = new ArrayList<>();
    private final List<Double> ys = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();

    LinePlot(String title, String xName, String yName) {
        this.title = title;
        this.xName = xName;
        this.yName = yName;
    }

    /** Adds a point, above 0, to the line of this name. */
    void add(String line, double x, double y) {
        lines.add(line);
        xs.add(x);
        ys.add(y);
    }

    String svg() {
        Map<String, Object> specification = map(
                "kind", "plot",
                "ggtitle", map("text", title),
                "data", map(xName, xs, yName, ys, "solver", lines),
                "mapping", map("x", xName, "y", yName, "color", "solver"),
                "layers", List.of(map("geom", "line", "size", 1.0), map("geom", "point", "size", 3.0)),
                "scales", List.of(logarithmic("x"), logarithmic("y")));
        return PlotSvgExportCommon.INSTANCE.buildSvgImageFromRawSpecs(
                specification, null, (width, height, colors) -> "", true);
    }

    private static Map<String, Object> logarithmic(String axis) {
        return map("aesthetic", axis, "trans", "log10");
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
