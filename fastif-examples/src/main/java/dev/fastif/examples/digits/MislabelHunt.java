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
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gives some training examples a wrong label, trains a network on all of them, and looks for the wrong ones without knowing
 * which they are: by self-influence (examples that the network can only fit by their own weight), by their loss, and by
 * chance.
 *
 * @param digits what the network is trained on
 * @param share of them to mislabel, above 0 and below 1
 */
public record MislabelHunt(List<Digit> digits, DigitNet network, double share, long seed) {
    private static final int EPOCHS = 30;
    private static final int MINIBATCH = 32;
    private static final double DAMPING = 0.01;
    private static final int CURVATURE_EXAMPLES = 500;

    /** Copies the list. */
    public MislabelHunt {
        digits = List.copyOf(digits);
        Check.argument(share > 0 && share < 1, "share is %s: it must be above 0 and below 1", share);
    }

    /**
     * What was found.
     *
     * @param labels what the network was told, by id
     * @param planted the ids that were mislabelled
     * @param bySelfInfluence all ids, the most suspicious first
     * @param byLoss all ids, the largest training loss first
     */
    public record Findings(
            List<Integer> labels, List<Integer> planted, List<Integer> bySelfInfluence, List<Integer> byLoss) {
        /** The share of the mislabelled among the first ids of a ranking. */
        public double found(List<Integer> ranking, double checked) {
            List<Integer> first = ranking.subList(0, (int) Math.round(checked * ranking.size()));
            return (double) planted.stream().filter(first::contains).count() / planted.size();
        }
    }

    /** The first digits that come with the examples. */
    public static List<Digit> trainingDigits(int count) {
        Check.argument(
                count >= 1 && count <= Digits.TRAINING, "training is %d: there are %d digits", count, Digits.TRAINING);
        return Digits.all().subList(0, count);
    }

    /** Trains and looks. */
    public Findings run(Progress progress) {
        TreeSet<Integer> planted = planted();
        List<Integer> labels = labels(planted);
        DataSet data = data(labels);
        MultiLayerNetwork net = network.untrained(seed);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            DataSet shuffled = data.copy();
            shuffled.shuffle(seed + epoch);
            shuffled.batchBy(MINIBATCH).forEach(net::fit);
        }
        TrainingSet trainingSet = TrainingSet.of(data);
        Dl4jModel model = Dl4jModel.of(net);
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
            return new Findings(
                    labels, List.copyOf(planted), bySelfInfluence, byLoss(model.losses(trainingSet.batch(all))));
        }
    }

    private static List<Integer> byLoss(INDArray losses) {
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

    private List<Integer> labels(TreeSet<Integer> planted) {
        Random random = new Random(seed + 1);
        List<Integer> labels = new ArrayList<>();
        for (int id = 0; id < digits.size(); id++) {
            int shift = planted.contains(id) ? 1 + random.nextInt(Digit.CLASSES - 1) : 0;
            labels.add((digits.get(id).label() + shift) % Digit.CLASSES);
        }
        return labels;
    }

    private DataSet data(List<Integer> labels) {
        float[][] pixels = new float[digits.size()][Digit.SIDE * Digit.SIDE];
        float[][] oneHot = new float[digits.size()][Digit.CLASSES];
        for (int id = 0; id < digits.size(); id++) {
            for (int i = 0; i < pixels[id].length; i++) {
                pixels[id][i] = (float) digits.get(id).pixels().get(i) / Digit.INK;
            }
            oneHot[id][labels.get(id)] = 1;
        }
        return new DataSet(Nd4j.createFromArray(pixels), Nd4j.createFromArray(oneHot));
    }
}
