package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Elements;
import dev.fastif.hvp.autodiff.kernels.Shapes;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Rows of a table [vocabulary, c], looked up by ids [n, t]: [n, t, c]. */
record Embedding() implements SimpleOperation {
    private static final int TABLE = 0;

    @Override
    public INDArray value(Frame f) {
        INDArray given = f.input(0);
        Check.argument(
                given.rank() == 2,
                "ids for table '%s' have shape %s: they must be [n, t]",
                f.parameterName(TABLE),
                Arrays.toString(given.shape()));
        return lookUp(f, f.parameter(TABLE), ids(f));
    }

    @Override
    public INDArray tangent(Frame f) {
        return lookUp(f, f.require(f.parameterTangent(TABLE)), ids(f));
    }

    @Override
    public void adjoint(Frame f) {}

    @Override
    public void gradient(Frame f) {
        addRows(f, f.adjoint());
    }

    @Override
    public void adjointTangent(Frame f) {
        addRows(f, f.adjointTangent());
    }

    private static int[] ids(Frame f) {
        return Elements.ids(f.input(0), f.parameter(TABLE).size(0), "an id for table '" + f.parameterName(TABLE) + "'");
    }

    private static INDArray lookUp(Frame f, INDArray table, int... ids) {
        INDArray given = f.input(0);
        INDArray rows = Nd4j.pullRows(table, 1, ids, 'c');
        return rows.reshape('c', given.size(0), given.size(1), table.size(1));
    }

    // One row after the other: an id may occur more than once.
    private static void addRows(Frame f, INDArray adjoint) {
        if (!f.isTrainable(TABLE)) {
            return;
        }
        INDArray rows = Shapes.rows(adjoint);
        INDArray sink = f.sink(TABLE);
        int[] ids = ids(f);
        for (int i = 0; i < ids.length; i++) {
            sink.getRow(ids[i]).addi(rows.getRow(i));
        }
    }
}
