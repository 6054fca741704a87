package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class NliLabelTest {
    @Test
    void theClassIndexIsThePositionAmongTheValues() {
        for (NliLabel label : NliLabel.values()) {
            assertEquals(Arrays.asList(NliLabel.values()).indexOf(label), label.index());
            assertSame(label, NliLabel.ofIndex(label.index()));
        }
        assertThrows(IllegalArgumentException.class, () -> NliLabel.ofIndex(3));
    }

    @Test
    void parsesItsNames() {
        assertEquals(NliLabel.ENTAILMENT, NliLabel.parse("entailment"));
        assertEquals(NliLabel.NEUTRAL, NliLabel.parse("Neutral"));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> NliLabel.parse("hidden"));
        assertSays("'hidden'", e);
    }
}
