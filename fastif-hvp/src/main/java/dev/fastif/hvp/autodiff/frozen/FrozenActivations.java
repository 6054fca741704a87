package dev.fastif.hvp.autodiff.frozen;

import dev.fastif.core.Batch;
import dev.fastif.core.LengthBatches;
import dev.fastif.core.Progress;
import dev.fastif.core.Stage;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.FrozenPart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A training set whose examples carry the values of a model's {@link FrozenPart}: computed once, kept in a file, read when asked
 * for and compared with their checksums. Sequences are stored at their own length ({@link TrainingSet#length}), without padding.
 *
 * <p>Thread-safe. Closing closes the file.
 */
public final class FrozenActivations implements TrainingSet, AutoCloseable {
    private static final LengthBatches BATCHES = new LengthBatches(64, 4096);

    private final TrainingSet examples;
    private final List<RaggedFile> files;

    private FrozenActivations(TrainingSet examples, List<RaggedFile> files) {
        this.examples = examples;
        this.files = files;
    }

    /**
     * Opens the activations in {@code folder}, computing them first if they are not there. A file appears under its name
     * only when it is complete; its name holds the fingerprint of the frozen part. What an interrupted call computed lies
     * beside it, and the next call goes on there.
     *
     * @param folder belongs to {@code examples} alone: use another one for other examples
     * @param frozen what to evaluate
     * @param examples what to evaluate it on. If lengths differ, its batches must be padded to their longest example, and
     *     the second dimension of sequences is their length
     * @param progress hears of stage {@link Stage#FROZEN}
     * @throws UncheckedIOException if the folder cannot be read or written, or another process is computing the same
     * @throws java.util.concurrent.CancellationException if the thread is interrupted while they are computed
     */
    public static FrozenActivations open(Path folder, FrozenPart frozen, TrainingSet examples, Progress progress) {
        Check.argument(examples.size() > 0, "examples is empty: there is nothing to evaluate");
        String fingerprint = frozen.fingerprint();
        List<RaggedFile> files = new ArrayList<>();
        List<RaggedFile.Writer> writers = new ArrayList<>();
        try {
            for (String name : frozen.names()) {
                Path file = file(folder, name, fingerprint);
                RaggedFile.Layout layout = layout(name, frozen, examples);
                RaggedFile known = RaggedFile.openIfThere(file, name, layout);
                if (known == null) {
                    writers.add(RaggedFile.Writer.open(file, name, layout));
                } else {
                    files.add(known);
                }
            }
            if (!writers.isEmpty()) {
                write(writers, frozen, examples, progress);
            }
            for (RaggedFile.Writer writer : writers) {
                files.add(RaggedFile.open(file(folder, writer.name(), fingerprint), writer.name(), writer.layout()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "activations could not be kept in " + folder + " (" + e.getMessage()
                            + "): is there room, and may the folder be written?",
                    e);
        } finally {
            writers.forEach(RaggedFile.Writer::close);
        }
        return new FrozenActivations(examples, files);
    }

    private static Path file(Path folder, String name, String fingerprint) {
        return folder.resolve(name + "-" + fingerprint + ".activations");
    }

    private static void write(
            List<RaggedFile.Writer> writers, FrozenPart frozen, TrainingSet examples, Progress progress)
            throws IOException {
        int[] all = IntStream.range(0, examples.size()).toArray();
        int known = writers.stream().mapToInt(RaggedFile.Writer::written).min().orElse(0);
        int done = 0;
        for (int[] ids : BATCHES.of(examples, all)) {
            done += ids.length;
            if (done > known) {
                progress.checkpoint(Stage.FROZEN, done - ids.length, all.length);
                Batch batch = frozen.apply(examples.batch(ids));
                for (RaggedFile.Writer writer : writers) {
                    writer.write(batch.get(writer.name()), ids);
                }
            }
        }
        for (RaggedFile.Writer writer : writers) {
            writer.commit();
        }
        progress.checkpoint(Stage.FROZEN, done, all.length);
    }

    /** An array is ragged if its second dimension follows the length from the shortest example to the longest. */
    private static RaggedFile.Layout layout(String name, FrozenPart frozen, TrainingSet examples) {
        int[] lengths =
                IntStream.range(0, examples.size()).map(examples::length).toArray();
        int shortest = 0;
        int longest = 0;
        for (int i = 1; i < lengths.length; i++) {
            shortest = lengths[i] < lengths[shortest] ? i : shortest;
            longest = lengths[i] > lengths[longest] ? i : longest;
        }
        INDArray small = frozen.apply(examples.batch(shortest)).get(name);
        INDArray large = frozen.apply(examples.batch(longest)).get(name);
        boolean ragged = small.length() != large.length();
        Check.argument(
                !ragged || (large.size(1) == lengths[longest] && small.size(1) == lengths[shortest]),
                "the frozen value '%s' has %d elements for example %d and %d for example %d, but their lengths are %d and"
                        + " %d: TrainingSet.length must be the size of the second dimension",
                name,
                small.length(),
                shortest,
                large.length(),
                longest,
                lengths[shortest],
                lengths[longest]);
        return ragged ? RaggedFile.Layout.sequences(large, lengths) : RaggedFile.Layout.whole(large, examples.size());
    }

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public int length(int id) {
        return examples.length(id);
    }

    @Override
    public Batch batch(int... ids) {
        Batch batch = examples.batch(ids);
        List<INDArray> read = new ArrayList<>();
        for (RaggedFile file : files) {
            INDArray array = file.read(ids);
            read.add(array);
            batch = batch.with(file.name(), array);
        }
        return batch.owning(read);
    }

    @Override
    public void close() {
        files.forEach(RaggedFile::close);
    }
}
