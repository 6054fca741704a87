package dev.fastif.hvp.dl4j;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.internal.Unsupported;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;

/** The rules that a user has given, by the classes of the layers and vertices that they are for. Immutable. */
final class OwnRules {
    private interface Rule {
        Node apply(RuleScope scope, List<Node> in, Object part);
    }

    private record Entry(DataKind takes, DataKind gives, Rule rule) {}

    private static final OwnRules NONE = new OwnRules(Map.of());

    private final Map<Class<?>, Entry> entries;

    private OwnRules(Map<Class<?>, Entry> entries) {
        this.entries = Map.copyOf(entries);
    }

    static OwnRules none() {
        return NONE;
    }

    <L extends Layer> OwnRules with(Class<L> type, DataKind takes, DataKind gives, LayerRule<? super L> rule) {
        requireNew(type, Rules.hidden().contains(type) || Rules.heads().contains(type));
        return with(type, new Entry(takes, gives, (s, in, layer) -> rule.apply(s, in.get(0), type.cast(layer))));
    }

    <V extends GraphVertex> OwnRules with(Class<V> type, DataKind takes, DataKind gives, VertexRule<? super V> rule) {
        requireNew(type, VertexRules.supported().contains(type));
        return with(type, new Entry(takes, gives, (s, in, vertex) -> rule.apply(s, in, type.cast(vertex))));
    }

    private void requireNew(Class<?> type, boolean isSupported) {
        Check.argument(
                !isSupported && !entries.containsKey(type),
                "%s has a rule already: leave this one out",
                type.getName());
    }

    private OwnRules with(Class<?> type, Entry entry) {
        Map<Class<?>, Entry> more = new HashMap<>(entries);
        more.put(type, entry);
        return new OwnRules(more);
    }

    boolean has(Object part) {
        return entries.containsKey(part.getClass());
    }

    /** The layout of what a layer or vertex takes. */
    Layout takes(Object part) {
        return entry(part).takes.layout();
    }

    /** A rule sees no masks: batches that have one which would reach it are refused. */
    Flow apply(Scope scope, List<Flow> in, Object part) {
        Entry entry = entry(part);
        String name = part.getClass().getSimpleName();
        for (Flow flow : in) {
            if (flow.layout() != entry.takes.layout()) {
                throw Flow.mismatch(part, entry.takes.layout(), flow.layout());
            }
            refuseMask(scope, flow.mask(), name);
        }
        Node out;
        try {
            out = entry.rule.apply(scope, in.stream().map(Flow::node).toList(), part);
        } catch (UnsupportedOperationException e) {
            throw new Unsupported(name + ": " + e.getMessage());
        }
        String message = "the rule of " + name + " must give " + entry.gives.name() + ", of rank " + entry.gives.rank();
        return new Flow(scope.ops().requireRank(out, entry.gives.rank(), message), entry.gives.layout(), null);
    }

    private static void refuseMask(Scope scope, @Nullable Mask mask, String name) {
        if (mask == null) {
            return;
        }
        if (mask.arrays().isEmpty()) {
            throw new Unsupported(name + ", whose rule sees no masks, behind a layer that makes one");
        }
        scope.inputs().features().refuse(mask.arrays(), "the rule of " + name + " sees no masks");
    }

    private Entry entry(Object part) {
        return Objects.requireNonNull(entries.get(part.getClass()));
    }
}
