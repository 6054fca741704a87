package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.fastif.core.Batch;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network on a batch: the losses are DL4J's scores of the examples, the gradient's slope is that of the scores, by central
 * differences in double. What DL4J itself cannot compute is skipped.
 */
record Trial(Gradients net, Model model, Batch batch) {
    private static final double STEP = 1e-6;

    /** The model must have been made of the network, which is moved during the trial. */
    static Trial of(Gradients net, Model model, Batch batch) {
        return new Trial(net, model, batch);
    }

    /** Skips a batch that DL4J itself cannot score. */
    static void assumeScored(Gradients net, Batch batch) {
        scores(net, batch);
    }

    /** What DL4J has no number of must be refused, in words that docs/MODELS.md lists; other batches only if they may be. */
    void runOrBeRefused(boolean mayBeRefused) {
        boolean isScored = isScored();
        try {
            model.losses(batch);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            assertTrue(mayBeRefused || !isScored, message);
            assertTrue(Refusals.listed(message).isPresent(), message);
            return;
        }
        assertTrue(isScored, "DL4J has no number of this batch");
        run();
    }

    private boolean isScored() {
        try {
            return Double.isFinite(net.losses(batch).sumNumber().doubleValue());
        } catch (RuntimeException e) {
            return false;
        }
    }

    void run() {
        INDArray expected = scores(net, batch);
        INDArray losses = model.losses(batch);
        Oracle.assertClose(expected, losses, 1e-8);
        ParameterLayout layout = model.parameters();
        INDArray v = TestArrays.normal(1, layout.size());
        double slope = model.gradient(batch).mul(v).sumNumber().doubleValue() * batch.size();
        move(v, STEP);
        INDArray up = scores(net, batch);
        move(v, -2 * STEP);
        INDArray differences = up.sub(scores(net, batch)).divi(2 * STEP);
        move(v, STEP);
        double sum = differences.sumNumber().doubleValue();
        double scale = differences.norm1Number().doubleValue();
        assertEquals(sum, slope, 1e-6 * Math.max(scale, 1e-3), "the slope of DL4J's scores, and by the gradient");
    }

    private static INDArray scores(Gradients net, Batch batch) {
        INDArray scores;
        try {
            scores = net.losses(batch);
        } catch (RuntimeException e) {
            return abort("DL4J cannot score it: " + e);
        }
        return scores.dup('c').reshape(scores.length());
    }

    private void move(INDArray v, double by) {
        ParameterLayout layout = model.parameters();
        layout.names().forEach(name -> {
            INDArray target = Objects.requireNonNull(net.parameters().get(name), name);
            target.addi(layout.view(v, name).mul(by).reshape('c', target.shape()));
        });
    }
}
