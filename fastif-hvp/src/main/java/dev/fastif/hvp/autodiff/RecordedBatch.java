package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A recorded pass over a batch, for others of the same shapes: these are copied to where the pass has found its own. */
final class RecordedBatch {
    private final List<String> names;
    private final List<INDArray> places;
    private final Recording recording;

    private RecordedBatch(List<String> names, List<INDArray> places, Recording recording) {
        this.names = names;
        this.places = places;
        this.recording = recording;
    }

    /**
     * Makes and records a pass over a copy of a batch, on the current team, in the current arena: as long as that is used by
     * nobody else the recording can be replayed.
     *
     * @param names the arrays that the pass takes, in single precision
     * @param pass what is recorded
     */
    static RecordedBatch record(List<String> names, Batch batch, Consumer<Batch> pass) {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        for (String name : names) {
            copies.put(name, copy(batch.get(name)));
        }
        Batch copy = Batch.of(copies);
        Recording recording = Team.current().record(() -> pass.accept(copy));
        return new RecordedBatch(names, List.copyOf(copies.values()), recording);
    }

    /** Whether the pass over a batch is the recorded one. */
    boolean fits(Batch batch) {
        for (int i = 0; i < places.size(); i++) {
            INDArray given = batch.find(names.get(i));
            if (given == null || !Arrays.equals(given.shape(), places.get(i).shape())) {
                return false;
            }
        }
        return true;
    }

    /** Does the pass for a batch that fits. */
    void replay(Batch batch) {
        for (int i = 0; i < places.size(); i++) {
            copy(batch.get(names.get(i)), places.get(i));
        }
        recording.replay(Team.current());
    }

    /** A copy in the arena: aligned, which a batch's own arrays need not be. */
    private static INDArray copy(INDArray given) {
        INDArray copy = Arena.array(given.shape());
        copy(given, copy);
        return copy;
    }

    private static void copy(INDArray from, INDArray to) {
        INDArray source = Elements.isContiguous(from) ? from : from.dup('c');
        try {
            if (source.dataType() == DataType.FLOAT) {
                Loops loops = Loops.get();
                long bytes = Float.BYTES * source.length();
                Pointer.memcpy(loops.y.at(Loops.target(to)), loops.x.at(Loops.source(source)), bytes);
            } else {
                convert(source, to);
            }
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    /** By hand: ND4J's cast makes an array, and takes longer for the few labels of a batch. */
    private static void convert(INDArray from, INDArray to) {
        Loops loops = Loops.get();
        int length = Math.toIntExact(from.length());
        float[] values = loops.room(0, length);
        DataBuffer data = from.data();
        for (int i = 0; i < length; i++) {
            values[i] = data.getFloat(i);
        }
        loops.write(values, Loops.target(to), 0, length);
    }
}
