package dev.fastif.examples.nli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class HansDataTest {
    @Test
    void partsAreDisjointAndOfTheirHeuristic() {
        HansData hans = HansData.generated(300, 3);
        assertEquals(300, hans.training().size());
        Set<NliPair> seen = new HashSet<>();
        for (HansTag.Heuristic heuristic : HansTag.Heuristic.values()) {
            List<NliPair> validation = hans.validation().getOrDefault(heuristic, List.of());
            List<NliPair> test = hans.test().getOrDefault(heuristic, List.of());
            assertEquals(30, validation.size());
            assertEquals(270, test.size());
            for (List<NliPair> part : List.of(validation, test)) {
                for (NliPair pair : part) {
                    assertTrue(seen.add(pair), pair::toString);
                    assertEquals(
                            heuristic.text(), LabelScheme.TWO_WAY.example(pair).group());
                }
            }
        }
        assertEquals(hans, HansData.generated(300, 3));
    }
}
