package dev.fastif.examples.digits;

import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.knn.ExactIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Gives some training examples a wrong label, trains a network on all of them, and looks for the wrong ones without knowing
 * which they are: by self-influence (examples that the network can only fit by their own weight), by their loss, and by
 * chance.
 *
 * @param digits what the network is trained on
 * @param share of them to mislabel, above 0 and below 1
 */
public record MislabelHunt(List<Digit> digits, DigitNet network, double share, long seed) {
    private static final double DAMPING = 0.01;
    private static final int CURVATURE_EXAMPLES = 500;

    /** Copies the list. */
    public MislabelHunt {
        digits = List.copyOf(digits);
        Check.argument(share > 0 && share < 1, "share is %s: it must be above 0 and below 1", share);
    }

    /**
     * What was found. An id is the place of a digit in {@link #digits}.
     *
     * @param told the digits as the network was told of them, by id
     * @param planted the ids that were mislabelled
     * @param bySelfInfluence all ids, the most suspicious first
     * @param byLoss all ids, the largest training loss first
     */
    public record Findings(
            List<Digit> told, List<Integer> planted, List<Integer> bySelfInfluence, List<Integer> byLoss) {
        /** The share of the mislabelled among the first ids of a ranking. */
        public double found(List<Integer> ranking, double checked) {
            List<Integer> first = ranking.subList(0, (int) Math.round(checked * ranking.size()));
            return (double) planted.stream().filter(first::contains).count() / planted.size();
        }
    }

    /** Trains and looks. */
    public Findings run(Progress progress) {
        TreeSet<Integer> planted = planted();
        List<Digit> told = told(planted);
        DataSet data = network.data(told, DataType.FLOAT);
        Dl4jModel model = network.trained(data, seed);
        TrainingSet trainingSet = TrainingSet.of(data);
        int[] all = IntStream.range(0, digits.size()).toArray();
        try (InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(ConjugateGradient.builder()
                        .damping(DAMPING)
                        .examples(Math.min(CURVATURE_EXAMPLES, digits.size()))
                        .tolerance(0.1)
                        .seed(seed)
                        .build())
                .build()) {
            List<Integer> bySelfInfluence = engine.selfInfluences(progress, all).stream()
                    .sorted(Comparator.comparingDouble(Influence::value).thenComparing(Influence::id))
                    .map(Influence::id)
                    .toList();
            INDArray losses = model.losses(trainingSet.batch(all));
            return new Findings(told, List.copyOf(planted), bySelfInfluence, largestFirst(losses));
        }
    }

    private static List<Integer> largestFirst(INDArray losses) {
        return IntStream.range(0, (int) losses.length())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -losses.getDouble(id)))
                .toList();
    }

    private TreeSet<Integer> planted() {
        TreeSet<Integer> planted = new TreeSet<>();
        Random random = new Random(seed);
        while (planted.size() < Math.round(share * digits.size())) {
            planted.add(random.nextInt(digits.size()));
        }
        return planted;
    }

    private List<Digit> told(TreeSet<Integer> planted) {
        Random random = new Random(seed + 1);
        List<Digit> told = new ArrayList<>(digits);
        for (int id : planted) {
            int shift = 1 + random.nextInt(Digit.CLASSES - 1);
            Digit digit = digits.get(id);
            told.set(id, new Digit((digit.label() + shift) % Digit.CLASSES, digit.pixels()));
        }
        return told;
    }
}
