package dev.fastif.examples.nli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The rows of a file that gave no example: how many of each kind, and the first few of them. Immutable and thread-safe.
 *
 * @param counts how many rows of each kind; a kind without rows is absent
 * @param first the first rows of each kind, in the order of the file
 */
public record RowProblems(Map<RowProblem.Kind, Integer> counts, List<RowProblem> first) {
    private static final int SHOWN = 5;

    /** Copies both. */
    public RowProblems {
        counts = Map.copyOf(counts);
        first = List.copyOf(first);
    }

    /** How many rows gave no example. */
    public int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** The first row that speaks of a damaged file or of another format. */
    public Optional<RowProblem> firstError() {
        return first.stream().filter(problem -> problem.kind().isError()).findFirst();
    }

    /** How many rows speak of a damaged file or of another format. */
    public int errors() {
        return counts.entrySet().stream()
                .filter(entry -> entry.getKey().isError())
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** Such as "2 without text, 1 with a wrong label"; "none" if there are none. */
    @Override
    public String toString() {
        return counts.isEmpty()
                ? "none"
                : new EnumMap<>(counts)
                        .entrySet().stream()
                                .map(entry -> String.format(
                                        Locale.ROOT,
                                        "%,d %s",
                                        entry.getValue(),
                                        entry.getKey().description()))
                                .collect(Collectors.joining(", "));
    }

    /** Collects problems while a file is read. Confined to one thread. */
    static final class Collector {
        private final Map<RowProblem.Kind, Integer> counts = new EnumMap<>(RowProblem.Kind.class);
        private final List<RowProblem> first = new ArrayList<>();

        void add(RowProblem problem) {
            if (counts.merge(problem.kind(), 1, Integer::sum) <= SHOWN) {
                first.add(problem);
            }
        }

        RowProblems done() {
            return new RowProblems(counts, first);
        }
    }
}
