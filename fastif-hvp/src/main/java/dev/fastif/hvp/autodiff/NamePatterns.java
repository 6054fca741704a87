package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Names that fit one of some patterns, in which {@code *} stands for any characters. */
final class NamePatterns implements Predicate<String> {
    private final List<Pattern> patterns;

    /** Every pattern must fit at least one of {@code names}. */
    NamePatterns(Set<String> names, String... patterns) {
        Check.argument(
                patterns.length > 0, "no pattern was given: name at least one parameter, such as \"classifier.*\"");
        this.patterns = Arrays.stream(patterns).map(NamePatterns::compiled).toList();
        for (int i = 0; i < patterns.length; i++) {
            Check.argument(
                    names.stream().anyMatch(this.patterns.get(i).asMatchPredicate()),
                    "pattern '%s' fits no trainable parameter: there are %s",
                    patterns[i],
                    names);
        }
    }

    private static Pattern compiled(String pattern) {
        return Pattern.compile(Arrays.stream(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .reduce((a, b) -> a + ".*" + b)
                .orElse(""));
    }

    @Override
    public boolean test(String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
    }
}
