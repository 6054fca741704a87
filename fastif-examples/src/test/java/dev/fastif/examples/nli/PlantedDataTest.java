package dev.fastif.examples.nli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PlantedDataTest {
    private static final HansTag SUBCASE = HansTag.of("ln_passive");

    @Test
    void onlyTheCarriersAreOfTheSubcase() {
        PlantedData planted = PlantedData.generated(SUBCASE, 300, 5, 40, 7);
        List<NliPair> training = planted.data().training();
        assertEquals(300, training.size());
        assertEquals(5, planted.carriers().size());
        for (int i = 0; i < training.size(); i++) {
            assertEquals(
                    planted.carriers().contains(i),
                    SUBCASE.equals(training.get(i).hans()));
        }
        assertTrue(training.stream().anyMatch(pair -> pair.hans() != null && !SUBCASE.equals(pair.hans())));
        assertEquals(40, planted.data().evaluation().size());
        assertTrue(planted.data().evaluation().stream().allMatch(pair -> SUBCASE.equals(pair.hans())));
        assertTrue(planted.data().evaluation().stream().noneMatch(training::contains));
        assertEquals(planted, PlantedData.generated(SUBCASE, 300, 5, 40, 7));
    }

    @Test
    void wrongNumbersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> PlantedData.generated(SUBCASE, 3, 5, 40, 7));
        assertThrows(
                IllegalArgumentException.class, () -> PlantedData.generated(HansTag.of("ln_nothing"), 30, 5, 40, 7));
    }
}
