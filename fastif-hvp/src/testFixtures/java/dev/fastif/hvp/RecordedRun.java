package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Repeats a run of LiSSA that was recorded elsewhere, on the very same samples. */
public final class RecordedRun {
    private RecordedRun() {}

    /**
     * Solves with given samples.
     *
     * @param samples the B ids of each step of each repeat, [repeats][steps][B]
     */
    public static Solution replay(Lissa lissa, Curvature curvature, INDArray vector, int[][][] samples) {
        return lissa.solveAll(
                        curvature, List.of(vector), Progress.none(), (repeat, step) -> samples[repeat][step].clone())
                .get(0);
    }
}
