package dev.fastif.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ArithmeticTest {
    @Test
    void isByBlasUnlessAskedOtherwise() {
        assertTrue(Arithmetic.isByBlas());
        assertTrue(Arithmetic.isBlas("cpu"));
        assertFalse(Arithmetic.isBlas("nd4j"));
    }

    @Test
    void anUnknownChoiceIsRefused() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Arithmetic.isBlas("gpu"));
        assertEquals("fastif.kernels is gpu: it must be cpu or nd4j", e.getMessage());
    }
}
