package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class NliLabelTest {
    @Test
    void theClassIndexIsThePositionAmongTheLabelsOfTheScheme() {
        for (LabelScheme scheme : LabelScheme.values()) {
            for (NliLabel label : scheme.labels()) {
                assertSame(label, scheme.label(scheme.index(label)));
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> scheme.label(scheme.labels().size()));
        }
    }

    @Test
    void twoLabelsTakeThreeButNotTheOtherWayRound() {
        assertEquals(1, LabelScheme.TWO_WAY.index(NliLabel.NEUTRAL));
        assertEquals(1, LabelScheme.TWO_WAY.index(NliLabel.CONTRADICTION));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> LabelScheme.THREE_WAY.index(NliLabel.NON_ENTAILMENT));
        assertSays("TWO_WAY", e);
        assertArrayEquals(new double[] {0.4, 0.6}, LabelScheme.twoWay(0.4, 0.5, 0.1), 1e-12);
    }

    @Test
    void parsesItsNames() {
        assertEquals(NliLabel.ENTAILMENT, NliLabel.parse("entailment"));
        assertEquals(NliLabel.NEUTRAL, NliLabel.parse("Neutral"));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> NliLabel.parse("hidden"));
        assertSays("'hidden'", e);
    }
}
