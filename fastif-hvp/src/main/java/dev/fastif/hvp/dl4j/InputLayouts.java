package dev.fastif.hvp.dl4j;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the arrays of a batch are. DL4J's configuration does not say it of an input, but each layer knows what it takes; those
 * that take anything give it on, so that the next ones know.
 */
final class InputLayouts {
    private final Source source;
    private final OwnRules own;

    InputLayouts(Source source, OwnRules own) {
        this.source = source;
        this.own = own;
    }

    /**
     * The layout of an input.
     *
     * @throws IllegalArgumentException if no layer says what it takes, or if two say different things
     */
    Layout of(String input) {
        Map<Layout, String> said = new LinkedHashMap<>();
        collect(input, said, new LinkedHashSet<>());
        for (Source.Step step : source.steps()) {
            if (step.vertex() != null
                    && said.keySet().stream().noneMatch(Layout::hasSteps)
                    && VertexRules.namedSequences(step.vertex()).contains(input)) {
                said.putIfAbsent(Layout.NCW, step.toString());
            }
        }
        // what takes one of these takes others too
        for (Layout vague : List.of(Layout.SOME, Layout.POOLED, Layout.FLAT, Layout.ID)) {
            if (said.size() > 1) {
                said.remove(vague);
            }
        }
        if (said.size() == 1) {
            return said.keySet().iterator().next();
        }
        throw new IllegalArgumentException(
                said.isEmpty()
                        ? String.format(Locale.ROOT, "no layer takes the network's input '%s'", input)
                        : String.format(
                                Locale.ROOT,
                                "the network's input '%s' is taken for different things: %s",
                                input,
                                said));
    }

    private void collect(String name, Map<Layout, String> said, Set<String> seen) {
        for (Source.Step step : source.steps()) {
            if (step.inputs().contains(name) && seen.add(step.name())) {
                Layout taken = step.takes(own);
                if (taken == Layout.ANY || taken == Layout.SOME) {
                    // what is joined is alike
                    step.inputs().stream()
                            .filter(source.inputs()::contains)
                            .forEach(joined -> collect(joined, said, seen));
                }
                if (taken == Layout.ANY) {
                    collect(step.name(), said, seen);
                } else {
                    said.putIfAbsent(taken, step.toString());
                }
            }
        }
    }
}
