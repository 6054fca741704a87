package dev.fastif.examples.digits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Progress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MislabelHuntTest {
    @ParameterizedTest
    @EnumSource(DigitNet.class)
    void selfInfluenceFindsMostOfTheMislabelled(DigitNet network) {
        List<Digit> digits = MislabelHunt.trainingDigits(120);
        MislabelHunt.Findings findings = new MislabelHunt(digits, network, 0.1, 5).run(Progress.none());
        assertEquals(12, findings.planted().size());
        for (int id = 0; id < digits.size(); id++) {
            boolean wrong = findings.labels().get(id) != digits.get(id).label();
            assertEquals(wrong, findings.planted().contains(id));
        }
        double found = findings.found(findings.bySelfInfluence(), 0.3);
        assertTrue(found > 0.6, () -> "found " + found);
    }

    @ParameterizedTest
    @EnumSource(DigitNet.class)
    void shareIsChecked(DigitNet network) {
        List<Digit> digits = MislabelHunt.trainingDigits(10);
        assertThrows(IllegalArgumentException.class, () -> new MislabelHunt(digits, network, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> MislabelHunt.trainingDigits(1501));
    }
}
