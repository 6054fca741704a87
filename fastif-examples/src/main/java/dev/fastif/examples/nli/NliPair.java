package dev.fastif.examples.nli;

import org.jspecify.annotations.Nullable;

/**
 * A premise, a hypothesis and what the one says about the other. Immutable and thread-safe.
 *
 * @param id names the pair within its data set
 * @param premise the text that is taken to be true
 * @param hypothesis the text that is judged
 * @param label the judgement
 * @param hans the heuristic that the pair tempts a model to use; null for ordinary pairs
 */
public record NliPair(
        String id,
        String premise,
        String hypothesis,
        NliLabel label,
        @Nullable HansTag hans) {}
