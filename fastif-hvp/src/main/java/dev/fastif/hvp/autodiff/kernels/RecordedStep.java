package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.Batch;
import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Layout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A step that is taken for many batches, where passes over batches of equal shapes do the same work on other numbers. The first
 * pass over a batch of some shape is <em>captured</em>: its work is written down, unless it used memory that is not the
 * session's. The second time that a shape comes the recording is <em>checked</em>: the pass is made, then the recording is
 * done from the same start in memory full of NaN, and both must give the same bits; so a write that the session cannot
 * see, or work that depends on a batch's numbers, is found out. From then on recordings are <em>replayed</em>. A step that
 * cannot be recorded is made by passes, as right and a little slower.
 *
 * <p>One check is made for the step, not one for each shape: its operations are the same. For one thread at a time; the
 * session is not to be used for anything else meanwhile.
 */
public final class RecordedStep {
    private static final Logger log = LoggerFactory.getLogger(RecordedStep.class);

    /** So many recordings are kept, some tens of kilobytes each; then they are made anew. */
    private static final int MOST_RECORDED = 256;

    private record Recorded(List<INDArray> places, Recording recording) {}

    private final Session session;
    private final List<String> names;
    private final List<INDArray> results;
    private final List<Total> totals;
    private final List<INDArray> constants;
    private final Consumer<Batch> pass;
    private final List<Recorded> recorded = new ArrayList<>();
    private boolean recordable;
    private boolean checked;

    /**
     * Prepares the step.
     *
     * @param names the arrays that the pass takes from a batch
     * @param results vectors that it reads and writes
     * @param totals what else it adds to
     * @param constants the arrays that it only reads
     * @param pass what is done for a batch, within the session
     */
    public RecordedStep(
            Session session,
            List<String> names,
            List<INDArray> results,
            List<Total> totals,
            List<INDArray> constants,
            Consumer<Batch> pass) {
        this.session = session;
        this.names = List.copyOf(names);
        this.results = List.copyOf(results);
        this.totals = List.copyOf(totals);
        this.constants = List.copyOf(constants);
        this.pass = pass;
        this.recordable = session.canCapture();
    }

    /** Takes the step. */
    public void take(Batch batch) {
        try (Session.Run run = session.begin()) {
            Recorded known = recordable ? find(batch) : null;
            if (known != null && checked) {
                replay(known, batch);
            } else if (known != null) {
                check(known, batch);
            } else if (recordable) {
                capture(batch);
            } else {
                pass.accept(batch);
            }
        }
    }

    /** Whether steps are recorded, as far as is known by now. */
    public boolean isRecordable() {
        return recordable;
    }

    private @Nullable Recorded find(Batch batch) {
        for (int i = 0; i < recorded.size(); i++) {
            if (fits(recorded.get(i).places, batch)) {
                return recorded.get(i);
            }
        }
        return null;
    }

    private boolean fits(List<INDArray> places, Batch batch) {
        for (int i = 0; i < places.size(); i++) {
            INDArray given = batch.find(names.get(i));
            if (given == null || !Arrays.equals(given.shape(), places.get(i).shape())) {
                return false;
            }
        }
        return true;
    }

    private void capture(Batch batch) {
        if (recorded.size() == MOST_RECORDED) {
            recorded.clear();
        }
        Map<String, INDArray> copies = new LinkedHashMap<>();
        for (String name : names) {
            copies.put(name, copy(batch.get(name)));
        }
        Batch copied = Batch.of(copies);
        List<INDArray> known = new ArrayList<>(constants);
        known.addAll(results);
        Recording recording = session.capture(known, () -> pass.accept(copied));
        if (recording == null) {
            giveUp("it uses arrays that others made");
        } else {
            recorded.add(new Recorded(List.copyOf(copies.values()), recording));
        }
    }

    private void replay(Recorded known, Batch batch) {
        for (int i = 0; i < known.places.size(); i++) {
            copy(batch.get(names.get(i)), known.places.get(i));
        }
        known.recording.replay(session);
    }

    /** Makes the pass, then does the recording from the same start. What the pass made is the result. */
    private void check(Recorded known, Batch batch) {
        List<INDArray> before = copies(results);
        totals.forEach(Total::take);
        pass.accept(batch);
        List<INDArray> expected = copies(results);
        double[] sums = totals.stream().mapToDouble(Total::take).toArray();
        restore(before);
        session.spoil();
        replay(known, batch);
        double[] again = totals.stream().mapToDouble(Total::take).toArray();
        checked = Arrays.equals(sums, again) && areSame(expected);
        if (!checked) {
            giveUp("it writes where this cannot be seen, or what it does depends on the numbers of a batch");
        }
        restore(expected);
        for (int i = 0; i < sums.length; i++) {
            totals.get(i).addAll(sums[i]);
        }
        before.forEach(INDArray::close);
        expected.forEach(INDArray::close);
    }

    private void giveUp(String reason) {
        recordable = false;
        recorded.clear();
        log.debug("a step is made by passes and is not recorded: {}", reason);
    }

    private static List<INDArray> copies(List<INDArray> arrays) {
        return arrays.stream().map(array -> array.unsafeDuplication(true)).toList();
    }

    private void restore(List<INDArray> values) {
        for (int i = 0; i < values.size(); i++) {
            results.get(i).assign(values.get(i));
        }
    }

    private boolean areSame(List<INDArray> expected) {
        for (int i = 0; i < expected.size(); i++) {
            INDArray result = results.get(i);
            Pointer ours = cursor(result);
            if (Pointer.memcmp(ours, cursor(expected.get(i)), Float.BYTES * result.length()) != 0) {
                return false;
            }
        }
        return true;
    }

    private static Pointer cursor(INDArray array) {
        Check.argument(Layout.isContiguous(array), "a result has gaps: %s", array.shapeInfoToString());
        return new Scratch.Cursor().at(Session.address(array));
    }

    /** A copy in the session's memory: aligned, which a batch's own arrays need not be. */
    private INDArray copy(INDArray given) {
        INDArray copy = session.array(given.shape());
        copy(given, copy);
        return copy;
    }

    private void copy(INDArray from, INDArray to) {
        INDArray source = Layout.isContiguous(from) ? from : from.dup('c');
        try {
            if (source.dataType() == DataType.FLOAT) {
                long start = Session.address(source);
                long place = Session.address(to);
                long bytes = Float.BYTES * source.length();
                session.perform(1, (scratch, part) -> Pointer.memcpy(scratch.y.at(place), scratch.x.at(start), bytes));
            } else {
                convert(source, Session.address(to));
            }
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    /** By hand: ND4J's cast makes an array, and takes longer for the few labels of a batch. */
    private void convert(INDArray from, long place) {
        int length = Math.toIntExact(from.length());
        DataBuffer data = from.data();
        session.perform(1, (scratch, part) -> {
            float[] values = scratch.room(0, length);
            for (int i = 0; i < length; i++) {
                values[i] = data.getFloat(i);
            }
            scratch.write(values, place, 0, length);
        });
    }
}
