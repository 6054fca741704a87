package dev.fastif.examples.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A bipartite graph drawn in circles, as in the paper's figure 5: the outer nodes stand on the outer circle, group by group;
 * an inner node stands on the circle of its group where the weighted squared distance to the outer nodes that it is
 * connected with is least; edges are drawn by strength and sign, the strongest last. Not thread-safe.
 */
public final class CircleGraph {
    private static final double SIZE = 760;
    private static final double WIDTH = SIZE + 300;
    private static final double OUTER = 330;
    private static final double INNERMOST = 90;
    private static final double OUTERMOST_INNER = 240;
    private static final double GAP = 0.12;
    private static final String[] COLORS = {"#377eb8", "#ff7f00", "#4daf4a", "#984ea3", "#a65628", "#f781bf"};
    private static final String HELPFUL = "#1a9850";
    private static final String HARMFUL = "#d73027";

    private final int mostEdges;
    private final Map<String, List<Node>> outer = new LinkedHashMap<>();
    private final Map<Integer, Node> inner = new LinkedHashMap<>();
    private final List<Edge> edges = new ArrayList<>();

    private record Node(int id, String group, String tip) {}

    private record Edge(int inner, int outer, double weight) {}

    private record Place(double x, double y) {
        static Place at(double angle, double radius) {
            return new Place(radius * Math.cos(angle), radius * Math.sin(angle));
        }

        double angle() {
            return Math.atan2(y, x);
        }
    }

    /**
     * Begins a graph.
     *
     * @param mostEdges how many edges are drawn at most: the strongest
     */
    public CircleGraph(int mostEdges) {
        this.mostEdges = mostEdges;
    }

    /** Adds a node to the outer circle, with what is shown when the pointer is over it. */
    public void outer(int id, String group, String tip) {
        outer.computeIfAbsent(group, unused -> new ArrayList<>()).add(new Node(id, group, tip));
    }

    /** Adds an inner node, whose group decides on its circle and colour. Those without a drawn edge are left out. */
    public void inner(int id, String group, String tip) {
        inner.put(id, new Node(id, group, tip));
    }

    /** Connects an inner and an outer node; a negative weight is helpful, a positive one harmful. */
    public void edge(int innerId, int outerId, double weight) {
        edges.add(new Edge(innerId, outerId, weight));
    }

    /** The image. */
    public String svg() {
        List<Edge> drawn = edges.stream()
                .sorted(Comparator.comparingDouble((Edge edge) -> -Math.abs(edge.weight()))
                        .thenComparingInt(Edge::inner)
                        .thenComparingInt(Edge::outer))
                .limit(mostEdges)
                .toList();
        Map<Integer, Place> outerPlaces = outerPlaces();
        Map<Integer, Place> innerPlaces = innerPlaces(drawn, outerPlaces);
        StringBuilder svg = new StringBuilder();
        append(svg, "<svg viewBox=\"%.0f %.0f %.0f %.0f\" role=\"img\">%n", -WIDTH / 2, -SIZE / 2, WIDTH, SIZE);
        double strongest = drawn.isEmpty() ? 1 : Math.abs(drawn.get(0).weight());
        for (int i = drawn.size() - 1; i >= 0; i--) {
            drawEdge(svg, drawn.get(i), strongest, outerPlaces, innerPlaces);
        }
        innerPlaces.forEach(
                (id, place) -> drawNode(svg, present(inner.get(id), id), place, color(innerGroups(), id), 3));
        int group = 0;
        for (List<Node> nodes : outer.values()) {
            for (Node node : nodes) {
                drawNode(svg, node, present(outerPlaces.get(node.id()), node.id()), COLORS[group % COLORS.length], 5);
            }
            drawName(svg, nodes, outerPlaces);
            group++;
        }
        drawLegend(svg);
        return svg.append("</svg>").toString();
    }

    private Map<Integer, Place> outerPlaces() {
        int count = outer.values().stream().mapToInt(List::size).sum();
        double gap = outer.size() > 1 ? GAP : 0;
        double step = (2 * Math.PI - gap * outer.size()) / Math.max(1, count);
        Map<Integer, Place> places = new HashMap<>();
        double angle = -Math.PI / 2;
        for (List<Node> nodes : outer.values()) {
            for (Node node : nodes) {
                places.put(node.id(), Place.at(angle + step / 2, OUTER));
                angle += step;
            }
            angle += gap;
        }
        return places;
    }

    /** On a circle, the least weighted squared distance is in the direction of the weighted mean. */
    private Map<Integer, Place> innerPlaces(List<Edge> drawn, Map<Integer, Place> outerPlaces) {
        Map<Integer, Place> sums = new LinkedHashMap<>();
        for (Edge edge : drawn) {
            Place end = present(outerPlaces.get(edge.outer()), edge.outer());
            double weight = Math.abs(edge.weight());
            sums.merge(
                    edge.inner(),
                    new Place(weight * end.x(), weight * end.y()),
                    (a, b) -> new Place(a.x() + b.x(), a.y() + b.y()));
        }
        Map<Integer, Place> places = new LinkedHashMap<>();
        sums.forEach((id, sum) -> places.put(id, Place.at(sum.angle(), radius(present(inner.get(id), id)))));
        return places;
    }

    private double radius(Node node) {
        List<String> groups = innerGroups();
        return groups.size() == 1
                ? OUTERMOST_INNER * 0.8
                : INNERMOST + (OUTERMOST_INNER - INNERMOST) * groups.indexOf(node.group()) / (groups.size() - 1);
    }

    private List<String> innerGroups() {
        return inner.values().stream().map(Node::group).distinct().sorted().toList();
    }

    private String color(List<String> groups, int id) {
        return groups.size() == 1
                ? "#888888"
                : COLORS[groups.indexOf(present(inner.get(id), id).group()) % COLORS.length];
    }

    private void drawEdge(
            StringBuilder svg,
            Edge edge,
            double strongest,
            Map<Integer, Place> outerPlaces,
            Map<Integer, Place> places) {
        Place from = present(places.get(edge.inner()), edge.inner());
        Place to = present(outerPlaces.get(edge.outer()), edge.outer());
        double strength = Math.sqrt(Math.abs(edge.weight()) / strongest);
        append(
                svg,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.2f\" stroke-opacity=\"%.2f\"/>%n",
                from.x(),
                from.y(),
                to.x(),
                to.y(),
                edge.weight() < 0 ? HELPFUL : HARMFUL,
                0.3 + 1.7 * strength,
                0.08 + 0.6 * strength);
    }

    private static void drawNode(StringBuilder svg, Node node, Place place, String color, int radius) {
        append(
                svg,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\" data-tip=\"%s\"/>%n",
                place.x(),
                place.y(),
                radius,
                color,
                Html.text(node.tip()));
    }

    private static void drawName(StringBuilder svg, List<Node> nodes, Map<Integer, Place> places) {
        Node middle = nodes.get(nodes.size() / 2);
        double angle = present(places.get(middle.id()), middle.id()).angle();
        Place place = Place.at(angle, OUTER + 14);
        double side = Math.cos(angle);
        append(
                svg,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                place.x(),
                place.y() + 4 + 6 * Math.sin(angle),
                side > 0.3 ? "start" : side < -0.3 ? "end" : "middle",
                Html.text(middle.group()));
    }

    private void drawLegend(StringBuilder svg) {
        double y = -SIZE / 2 + 16;
        for (String[] entry : new String[][] {{"helpful", HELPFUL}, {"harmful", HARMFUL}}) {
            append(
                    svg,
                    "<line x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\" stroke=\"%s\" stroke-width=\"2\"/><text x=\"%.0f\" y=\"%.0f\">%s</text>%n",
                    -WIDTH / 2 + 6,
                    y,
                    -WIDTH / 2 + 30,
                    y,
                    entry[1],
                    -WIDTH / 2 + 36,
                    y + 4,
                    entry[0]);
            y += 18;
        }
        List<String> groups = innerGroups();
        for (int i = 0; i < groups.size() && groups.size() > 1; i++) {
            append(
                    svg,
                    "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"4\" fill=\"%s\"/><text x=\"%.0f\" y=\"%.0f\">training: %s</text>%n",
                    -WIDTH / 2 + 18,
                    y,
                    COLORS[i % COLORS.length],
                    -WIDTH / 2 + 36,
                    y + 4,
                    Html.text(groups.get(i)));
            y += 18;
        }
    }

    private static <T> T present(@org.jspecify.annotations.Nullable T value, int id) {
        if (value == null) {
            throw new IllegalArgumentException("an edge leads to node " + id + ", which was not added");
        }
        return value;
    }

    private static void append(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments));
    }
}
