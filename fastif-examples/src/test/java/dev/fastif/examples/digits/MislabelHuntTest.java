package dev.fastif.examples.digits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Progress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

class MislabelHuntTest {
    // the LSTM takes minutes
    @ParameterizedTest
    @EnumSource(value = DigitNet.class, names = "LSTM", mode = EnumSource.Mode.EXCLUDE)
    void selfInfluenceFindsMostOfTheMislabelled(DigitNet network) {
        List<Digit> digits = Digits.training(120);
        MislabelHunt.Findings findings = new MislabelHunt(digits, network, 0.1, 5).run(Progress.none());
        assertEquals(12, findings.planted().size());
        for (int id = 0; id < digits.size(); id++) {
            boolean wrong = findings.told().get(id).label() != digits.get(id).label();
            assertEquals(wrong, findings.planted().contains(id));
        }
        double found = findings.found(findings.bySelfInfluence(), 0.3);
        // chance finds 0.3
        assertTrue(found > 0.5, () -> "found " + found);
    }

    @Test
    void aSequenceIsMadeOfTheRowsOfTheDigit() {
        List<Digit> digits = Digits.training(3);
        DataSet data = DigitNet.LSTM.data(digits, DataType.FLOAT);
        for (int row = 0; row < Digit.SIDE; row++) {
            for (int column = 0; column < Digit.SIDE; column++) {
                double shade = digits.get(2).pixels().get(row * Digit.SIDE + column);
                assertEquals(shade / Digit.INK, data.getFeatures().getDouble(2, column, row));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DigitNet.class)
    void sameSeedAndDataGiveTheSameNetwork(DigitNet network) {
        DataSet data = network.data(Digits.training(40), DataType.DOUBLE);
        assertEquals(
                network.trained(data, 3).parameterValues(),
                network.trained(data, 3).parameterValues());
    }

    @ParameterizedTest
    @EnumSource(DigitNet.class)
    void shareIsChecked(DigitNet network) {
        List<Digit> digits = Digits.training(10);
        assertThrows(IllegalArgumentException.class, () -> new MislabelHunt(digits, network, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> Digits.training(1501));
    }
}
