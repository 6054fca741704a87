package dev.fastif.hvp.samediff;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
}
