package dev.fastif.hvp;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The same numbers, lying in memory in different ways; and what no numbers can be read from. */
public final class Layouts {
    private static final WorkspaceConfiguration SMALL =
            WorkspaceConfiguration.builder().initialSize(1 << 20).build();

    private Layouts() {}

    /** Ways to lie, for arrays of any rank. */
    public static Map<String, UnaryOperator<INDArray>> readable() {
        Map<String, UnaryOperator<INDArray>> ways = new LinkedHashMap<>();
        ways.put("dense", array -> array);
        ways.put("columns first", array -> array.dup('f'));
        ways.put("transposed", Layouts::transposed);
        ways.put("a part", array -> part(array, 3, 1));
        ways.put("with gaps", array -> part(array, 1, 2));
        ways.put("in a workspace", array -> array.dup('c')); // for within openWorkspace
        return ways;
    }

    /** A workspace that arrays are made in until it is closed. */
    public static MemoryWorkspace openWorkspace() {
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(SMALL, "a user's");
    }

    /** What has no numbers any more, or never had. */
    public static Map<String, UnaryOperator<INDArray>> unreadable() {
        Map<String, UnaryOperator<INDArray>> ways = new LinkedHashMap<>();
        ways.put("closed", array -> {
            INDArray copy = array.dup('c');
            copy.close();
            return copy;
        });
        ways.put("a view of what was closed", array -> {
            INDArray copy = array.dup('c');
            INDArray view = copy.reshape('c', copy.shape().clone());
            copy.close();
            return view;
        });
        ways.put("in a workspace that was left", array -> left(array, "left"));
        ways.put("in a workspace that was opened again", array -> {
            INDArray old = left(array, "again");
            try (MemoryWorkspace again = Nd4j.getWorkspaceManager().getAndActivateWorkspace(SMALL, "again")) {
                array.dup('c').addi(1);
            }
            return old;
        });
        ways.put("in a workspace that was destroyed", array -> {
            INDArray old = left(array, "destroyed");
            Nd4j.getWorkspaceManager().destroyWorkspace(old.data().getParentWorkspace());
            return old;
        });
        ways.put("compressed", array -> Nd4j.getCompressor().compress(array.dup('c'), "GZIP"));
        ways.put("of texts", array -> Nd4j.create(IntStream.range(0, Math.toIntExact(array.length()))
                        .mapToObj(Integer::toString)
                        .toArray(String[]::new))
                .reshape(array.shape()));
        return ways;
    }

    private static INDArray left(INDArray array, String id) {
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(SMALL, id)) {
            return array.dup('c');
        }
    }

    private static INDArray transposed(INDArray array) {
        int[] order =
                IntStream.range(0, array.rank()).map(i -> array.rank() - 1 - i).toArray();
        return array.permute(order).dup('c').permute(order);
    }

    /** A part of a larger array: after some rows, and every so manieth element along the last axis. */
    private static INDArray part(INDArray array, int rows, int step) {
        long[] shape = array.shape().clone();
        int last = shape.length - 1;
        shape[last] *= step;
        shape[0] += (long) rows * (last == 0 ? step : 1);
        INDArray whole = Nd4j.ones(DataType.DOUBLE, shape).castTo(array.dataType());
        INDArrayIndex[] places = new INDArrayIndex[shape.length];
        for (int i = 0; i < places.length; i++) {
            long begin = i == 0 ? (long) rows * (last == 0 ? step : 1) : 0;
            places[i] = NDArrayIndex.interval(begin, i == last ? step : 1, shape[i]);
        }
        INDArray part = whole.get(places).reshape(array.shape());
        part.assign(array);
        return part;
    }
}
