package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PairGeneratorTest {
    private static final long SEED = 20_240_607;

    /** The subcase column of HANS. */
    private static final Set<String> HANS = Set.of(
            "le_relative_clause le_around_prepositional_phrase le_around_relative_clause le_conjunction le_passive",
            "ln_subject/object_swap ln_preposition ln_relative_clause ln_passive ln_conjunction",
            "se_conjunction se_adjective se_understood_object se_relative_clause_on_obj se_PP_on_obj",
            "sn_NP/S sn_PP_on_subject sn_relative_clause_on_subject sn_past_participle sn_NP/Z",
            "ce_embedded_under_since ce_after_since_clause ce_embedded_under_verb ce_conjunction ce_adverb",
            "cn_embedded_under_if cn_after_if_clause cn_embedded_under_verb cn_disjunction cn_adverb");

    @Test
    void hasTheThirtySubcasesOfHans() {
        Set<String> expected = new HashSet<>();
        HANS.forEach(names -> Collections.addAll(expected, names.split(" ", -1)));

        List<HansTag> subcases = PairGenerator.subcases();
        assertEquals(30, subcases.size());
        assertEquals(
                expected, new HashSet<>(subcases.stream().map(HansTag::subcase).toList()));
        for (int i = 0; i < subcases.size(); i++) {
            assertEquals(i % 2 == 0, subcases.get(i).entailed(), "the subcases alternate, but not at " + i);
        }
    }

    @Test
    void theSeedDeterminesThePairs() {
        assertEquals(PairGenerator.generate(200, SEED), PairGenerator.generate(200, SEED));
        assertNotEquals(PairGenerator.generate(200, SEED), PairGenerator.generate(200, SEED + 1));
    }

    @Test
    void threeThousandPairsAreDistinctBalancedAndOneThirdHans() {
        List<NliPair> pairs = PairGenerator.generate(3_000, SEED);

        Set<String> distinct = new HashSet<>();
        Map<HansTag, Integer> subcases = new HashMap<>();
        for (NliPair pair : pairs) {
            distinct.add(pair.premise() + "|" + pair.hypothesis());
            HansTag hans = pair.hans();
            if (hans != null) {
                subcases.merge(hans, 1, Integer::sum);
            }
        }
        assertEquals(3_000, distinct.size());
        assertEquals(
                Map.of(NliLabel.ENTAILMENT, 1_000, NliLabel.NEUTRAL, 1_000, NliLabel.CONTRADICTION, 1_000),
                counts(pairs));
        assertEquals(new HashSet<>(PairGenerator.subcases()), subcases.keySet());
        assertEquals(
                1_000, subcases.values().stream().mapToInt(Integer::intValue).sum());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 31, 100})
    void labelsAreBalancedUpToRounding(int n) {
        Map<NliLabel, Integer> counts = counts(PairGenerator.generate(n, SEED));

        assertEquals(n, counts.values().stream().mapToInt(Integer::intValue).sum());
        for (NliLabel label : LabelScheme.THREE_WAY.labels()) {
            int count = counts.getOrDefault(label, 0);
            assertTrue(count == n / 3 || count == n / 3 + 1, label + ": " + count + " of " + n);
        }
    }

    @Test
    void scalesToTensOfThousands() {
        List<NliPair> pairs = PairGenerator.generate(60_000, SEED);
        assertEquals(60_000, pairs.size());
    }

    @Test
    void pairsAreSentences() {
        for (NliPair pair : PairGenerator.generate(5_000, SEED)) {
            for (String text : List.of(pair.premise(), pair.hypothesis())) {
                assertTrue(text.matches("[A-Z][^\\[\\]{}|]*[^ ]\\."), pair.toString());
                assertFalse(text.contains("  ") || text.contains("(n)") || text.matches(".*\\b[Aa] [aeiou].*"), text);
            }
            assertNotEquals(pair.premise(), pair.hypothesis());
        }
    }

    /** A word of the hypothesis should rarely be enough to tell the label. */
    @Test
    void hypothesesOfDifferentLabelsShareTheirWords() {
        Map<String, Set<NliLabel>> labels = new HashMap<>();
        for (NliPair pair : PairGenerator.generate(3_000, SEED)) {
            for (String word : words(pair.hypothesis())) {
                labels.computeIfAbsent(word, unused -> new HashSet<>()).add(pair.label());
            }
        }
        long shared =
                labels.values().stream().filter(found -> found.size() == 3).count();
        assertTrue(shared > labels.size() / 3, shared + " of " + labels.size() + " words occur with all labels");
    }

    static Stream<HansTag> subcases() {
        return PairGenerator.subcases().stream();
    }

    @ParameterizedTest
    @MethodSource("subcases")
    void hansPairsHaveTheirHeuristicsProperty(HansTag tag) {
        List<NliPair> pairs = PairGenerator.hans(tag, 300, SEED);

        assertEquals(
                300,
                new HashSet<>(pairs.stream()
                                .map(p -> p.premise() + "|" + p.hypothesis())
                                .toList())
                        .size());
        for (NliPair pair : pairs) {
            assertEquals(tag, pair.hans());
            assertEquals(tag.entailed(), pair.label() == NliLabel.ENTAILMENT, pair.toString());
            List<String> premise = words(pair.premise());
            List<String> hypothesis = words(pair.hypothesis());
            boolean holds = tag.heuristic() == HansTag.Heuristic.LEXICAL_OVERLAP
                    ? premise.containsAll(hypothesis)
                    : Collections.indexOfSubList(premise, hypothesis) >= 0;
            assertTrue(holds, pair.toString());
        }
    }

    /** A clause of its own begins and ends where the premise has a comma, a conjunction, an adverb or its own ends. */
    @ParameterizedTest
    @MethodSource("subcases")
    void constituentHypothesesAreWholeClauses(HansTag tag) {
        if (tag.heuristic() != HansTag.Heuristic.CONSTITUENT) {
            return;
        }
        for (NliPair pair : PairGenerator.hans(tag, 100, SEED)) {
            String clause = pair.hypothesis().substring(1, pair.hypothesis().length() - 1);
            int begin = pair.premise().indexOf(clause);
            String after = pair.premise().substring(begin + clause.length());
            assertTrue(begin > 0 && (after.startsWith(",") || after.equals(".")), pair.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(HansTag.Heuristic.class)
    void aHeuristicGoesThroughItsTenSubcases(HansTag.Heuristic heuristic) {
        List<NliPair> pairs = PairGenerator.hans(heuristic, 20, SEED);

        Map<HansTag, Integer> counts = new HashMap<>();
        for (NliPair pair : pairs) {
            HansTag hans = pair.hans();
            assertTrue(hans != null && hans.heuristic() == heuristic, pair.toString());
            counts.merge(hans, 1, Integer::sum);
        }
        assertEquals(10, counts.size());
        assertEquals(Set.of(2), new HashSet<>(counts.values()));
    }

    @Test
    void rejectsWhatItCannotMake() {
        assertThrows(IllegalArgumentException.class, () -> PairGenerator.generate(-1, SEED));
        HansTag unknown = HansTag.of("ln_irony");
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> PairGenerator.hans(unknown, 1, SEED));
        assertSays("ln_irony", e);
        assertThrows(IllegalArgumentException.class, () -> HansTag.of("xx_passive"));
        assertThrows(
                IllegalArgumentException.class, () -> new HansTag(HansTag.Heuristic.CONSTITUENT, "ln_passive", ""));
    }

    private static Map<NliLabel, Integer> counts(List<NliPair> pairs) {
        Map<NliLabel, Integer> counts = new EnumMap<>(NliLabel.class);
        pairs.forEach(pair -> counts.merge(pair.label(), 1, Integer::sum));
        return counts;
    }

    private static List<String> words(String sentence) {
        String plain = sentence.toLowerCase(Locale.ROOT).replaceAll("[.,;:]", "");
        return new ArrayList<>(Arrays.asList(plain.split(" ", -1)));
    }
}
