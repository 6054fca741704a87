package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Groups examples into batches of like length, so that little is padded: at most {@code maxExamples} examples and at
 * most {@code maxLength} units (tokens), padding included, but always at least one example.
 *
 * @param maxExamples at least 1
 * @param maxLength at least 1
 */
public record LengthBatches(int maxExamples, int maxLength) {
    /** Of large models: small enough for the temporaries of a second-order pass, enough for full-speed matrix products. */
    private static final int FEWEST = 64;

    /** Beyond this many examples a pass spends its time on arithmetic however small the model is. */
    private static final int MOST = 4096;

    /** Numbers, of parameters or of temporaries, that a batch may be worth. */
    private static final long WORTH = 1 << 22;

    /** Temporaries are taken to be so many times as long as the input of an example. */
    private static final int TEMPORARIES = 32;

    private static final int LENGTH = 32;

    /** So many batches are left for workers to share, if they are not smaller than those of large models then. */
    private static final int SHARES = 8;

    /**
     * The batches in which passes over a training set are made: 64 examples of a large model, up to 4,096 of a small one, whose
     * passes would else be mostly overhead. They follow from the number of parameters and the size of an example alone, so that
     * sums have the same bits on any machine.
     */
    static LengthBatches of(Model model, TrainingSet trainingSet) {
        Batch first = trainingSet.batch(0);
        long longest = first.names().stream()
                .mapToLong(name -> first.get(name).length())
                .max()
                .orElse(1);
        first.release();
        long cost = Math.max(model.parameters().size(), TEMPORARIES * longest);
        long shared = Math.min(MOST, trainingSet.size() / SHARES);
        int examples = (int) Math.max(FEWEST, Math.min(shared, WORTH / cost));
        return new LengthBatches(examples, LENGTH * examples);
    }

    /** Checks the bounds. */
    public LengthBatches {
        Check.positive("maxExamples", maxExamples);
        Check.positive("maxLength", maxLength);
    }

    /**
     * Sorts the ids by length (ties in the order given) and cuts them into batches, the longest first: then memory that the
     * first batch needed is enough for all.
     *
     * @param trainingSet where lengths come from
     * @param ids any ids, repetitions included
     * @return for each batch the positions in {@code ids} of its examples
     */
    public List<int[]> of(TrainingSet trainingSet, int... ids) {
        Integer[] order = IntStream.range(0, ids.length).boxed().toArray(Integer[]::new);
        Comparator<Integer> byLength = Comparator.comparingInt(position -> trainingSet.length(ids[position]));
        Arrays.sort(order, byLength.reversed());
        List<int[]> batches = new ArrayList<>();
        int start = 0;
        for (int end = 1; end <= order.length; end++) {
            // sorted: the first example is the longest of the batch
            boolean full = end == order.length
                    || end - start == maxExamples
                    || (long) (end - start + 1) * trainingSet.length(ids[order[start]]) > maxLength;
            if (full) {
                batches.add(Arrays.stream(order, start, end)
                        .mapToInt(Integer::intValue)
                        .toArray());
                start = end;
            }
        }
        return batches;
    }

    /** The ids at these positions. */
    static int[] pick(int[] ids, int... positions) {
        return Arrays.stream(positions).map(position -> ids[position]).toArray();
    }
}
