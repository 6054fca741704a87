package dev.fastif.examples.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The same colours for the same things on all pages: what helps is green, what harms red, what is random grey. */
final class LineColors {
    private static final Map<String, List<String>> FAMILIES = Map.of(
            "helpful", List.of("#1a9850", "#8cc665", "#00695c"),
            "harmful", List.of("#d73027", "#f79256", "#8e1b4a"),
            "random", List.of("#808890", "#b0a08c", "#a9b8c9"));
    private static final List<String> OTHERS =
            List.of("#377eb8", "#984ea3", "#c98500", "#17a2a8", "#a65628", "#f781bf");

    private LineColors() {}

    /** A colour for each line, by the first word of its name. */
    static List<String> of(List<String> lines) {
        Map<String, Integer> taken = new HashMap<>();
        List<String> colors = new ArrayList<>();
        for (String line : lines) {
            String word = line.split("\\W", 2)[0];
            List<String> family = FAMILIES.getOrDefault(word, OTHERS);
            int number = taken.merge(FAMILIES.containsKey(word) ? word : "", 1, Integer::sum) - 1;
            colors.add(family.get(number % family.size()));
        }
        return colors;
    }
}
