package dev.fastif.examples.nli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The templates that come with the library, read once.
 *
 * @param ordinary blocks with hypotheses of all labels
 * @param hans blocks by subcase, entailed and non-entailed ones in turn
 */
record PairBooks(List<PairBook.Block> ordinary, Map<HansTag, List<PairBook.Block>> hans) {
    static PairBooks all() {
        return Loaded.BOOKS;
    }

    List<HansTag> subcases() {
        return List.copyOf(hans.keySet());
    }

    /** These templates less those of a subcase. */
    PairBooks without(HansTag subcase) {
        Map<HansTag, List<PairBook.Block>> rest = new LinkedHashMap<>(hans);
        rest.remove(subcase);
        return new PairBooks(ordinary, rest);
    }

    private static PairBooks load() {
        Vocabulary vocabulary = Vocabulary.of(TextResource.open("vocabulary.txt"));
        PairBook ordinary = PairBook.of(TextResource.open("ordinary-pairs.txt"), vocabulary);
        Map<HansTag, List<PairBook.Block>> hans = new LinkedHashMap<>();
        for (PairBook.Block block :
                PairBook.of(TextResource.open("hans-pairs.txt"), vocabulary).blocks()) {
            HansTag tag = Objects.requireNonNull(block.hans(), "a block of hans-pairs.txt without a subcase");
            hans.computeIfAbsent(tag, unused -> new ArrayList<>()).add(block);
        }
        return new PairBooks(ordinary.blocks(), hans);
    }

    /** Loads at first use, once. */
    private static final class Loaded {
        static final PairBooks BOOKS = load();
    }
}
