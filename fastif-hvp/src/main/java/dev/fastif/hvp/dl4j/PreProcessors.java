package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.ComposableInputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.jspecify.annotations.Nullable;

/** What DL4J puts between layers of different kinds. */
final class PreProcessors {
    private interface Rule<P> {
        Flow apply(Scope s, Flow in, P preProcessor);
    }

    private record Entry(Function<InputPreProcessor, Layout> takes, Rule<InputPreProcessor> rule) {}

    private static final Map<Class<? extends InputPreProcessor>, Entry> RULES = Collections.unmodifiableMap(rules());

    private static Map<Class<? extends InputPreProcessor>, Entry> rules() {
        Map<Class<? extends InputPreProcessor>, Entry> rules = new LinkedHashMap<>();
        put(
                rules,
                RnnToFeedForwardPreProcessor.class,
                p -> Layout.of(p.getRnnDataFormat()),
                (s, in, p) -> in.as(Layout.STEPS));
        put(rules, FeedForwardToRnnPreProcessor.class, p -> Layout.ROWS, PreProcessors::sequences);
        put(rules, CnnToFeedForwardPreProcessor.class, p -> Layout.of(p.getFormat()), (s, in, p) -> flattened(s, in));
        put(rules, FeedForwardToCnnPreProcessor.class, p -> Layout.FLAT, PreProcessors::image);
        put(rules, ComposableInputPreProcessor.class, p -> takes(p.getInputPreProcessors()[0]), (s, in, p) -> {
            Flow flow = in;
            for (InputPreProcessor each : p.getInputPreProcessors()) {
                flow = apply(s, flow, each);
            }
            return flow;
        });
        return rules;
    }

    private PreProcessors() {}

    private static <P extends InputPreProcessor> void put(
            Map<Class<? extends InputPreProcessor>, Entry> rules,
            Class<P> type,
            Function<P, Layout> takes,
            Rule<P> rule) {
        rules.put(
                type,
                new Entry(
                        preProcessor -> takes.apply(type.cast(preProcessor)),
                        (s, in, preProcessor) -> rule.apply(s, in, type.cast(preProcessor))));
    }

    static Set<Class<? extends InputPreProcessor>> supported() {
        return RULES.keySet();
    }

    /** What the array is that it takes. */
    static Layout takes(InputPreProcessor preProcessor) {
        return entry(preProcessor).takes.apply(preProcessor);
    }

    static Flow apply(Scope s, Flow in, @Nullable InputPreProcessor preProcessor) {
        if (preProcessor == null || isIdle(in, preProcessor)) {
            return in;
        }
        Entry entry = entry(preProcessor);
        Layout takes = entry.takes.apply(preProcessor);
        if (!in.layout().serves(takes)) {
            throw new Unsupported(String.format(
                    Locale.ROOT,
                    "%s, which takes %s, on %s",
                    preProcessor.getClass().getSimpleName(),
                    takes,
                    in.layout()));
        }
        return entry.rule.apply(s, in, preProcessor);
    }

    /** DL4J puts them behind poolings too, where there are rows already. */
    private static boolean isIdle(Flow in, InputPreProcessor preProcessor) {
        return in.layout() == Layout.ROWS
                && (preProcessor instanceof RnnToFeedForwardPreProcessor
                        || preProcessor instanceof CnnToFeedForwardPreProcessor);
    }

    private static Entry entry(InputPreProcessor preProcessor) {
        Entry entry = RULES.get(preProcessor.getClass());
        if (entry == null) {
            throw new Unsupported(preProcessor.getClass().getSimpleName());
        }
        return entry;
    }

    /** Rows that are no steps of a sequence are sequences of one step. */
    private static Flow sequences(Scope s, Flow in, FeedForwardToRnnPreProcessor rnn) {
        Flow steps = in.layout() == Layout.STEPS ? in : in.with(s.ops().reshape(in.node(), 0, 1, -1));
        return steps.as(Layout.of(rnn.getRnnDataFormat()));
    }

    private static Flow flattened(Scope s, Flow in) {
        Node own = in.layout() == Layout.NHWC ? s.ops().permute(in.node(), 0, 2, 3, 1) : in.node();
        return Flow.rows(s.ops().reshape(own, 0, -1));
    }

    private static Flow image(Scope s, Flow in, FeedForwardToCnnPreProcessor cnn) {
        if (in.layout().isImage()) {
            return in;
        }
        Node image = s.ops().reshape(in.node(), 0, cnn.getNumChannels(), cnn.getInputHeight(), cnn.getInputWidth());
        return new Flow(image, Layout.NCHW, null);
    }
}
