package dev.fastif.hvp.samediff;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The operations of SameDiff that have an exact rule, by what is done with them. */
public final class SupportedOps {
    private SupportedOps() {}

    static Set<String> all() {
        return byKind().values().stream().flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new));
    }

    /** For a test of the documents, which lists them. */
    public static Map<String, Set<String>> byKind() {
        Set<String> operations = new TreeSet<>(OpRules.supported());
        Set<String> losses = new TreeSet<>(LossRules.supported());
        Set<String> frozen = new TreeSet<>(FrozenOps.supported());
        operations.removeAll(losses);
        frozen.removeAll(operations);
        Map<String, Set<String>> all = new TreeMap<>();
        all.put("operations of SameDiff", operations);
        all.put("losses of SameDiff", losses);
        all.put("operations of SameDiff on what is not trained", frozen);
        return all;
    }

    /** The messages by which graphs and their batches are refused, with "…" for names and numbers, and what else is said of each. */
    public static Map<String, String> refusals() {
        Map<String, String> all = new LinkedHashMap<>();
        for (Refusal refusal : Refusal.values()) {
            all.put(refusal.pattern(), refusal.remark());
        }
        all.put(
                "… has no derivative at …, which an example of the batch leads to",
                "a root of 0, a logarithm or standardized rows of equal numbers: leave the example out");
        return all;
    }

    /** Whether a message is one of these. */
    static boolean isRefusal(String message) {
        return refusals().keySet().stream()
                .map(text ->
                        Arrays.stream(text.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")))
                .anyMatch(text ->
                        Pattern.compile(text, Pattern.DOTALL).matcher(message).find());
    }
}
