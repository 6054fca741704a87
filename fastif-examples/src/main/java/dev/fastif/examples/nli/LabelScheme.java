package dev.fastif.examples.nli;

import dev.fastif.core.internal.Check;
import java.util.List;

/**
 * Which labels a classifier tells apart. The class index of a label is its position among {@link #labels}. Immutable and
 * thread-safe.
 */
public enum LabelScheme {
    /** Entailment, neutral and contradiction: MultiNLI, SNLI, ANLI. */
    THREE_WAY(NliLabel.ENTAILMENT, NliLabel.NEUTRAL, NliLabel.CONTRADICTION) {
        @Override
        public int index(NliLabel label) {
            int index = labels().indexOf(label);
            Check.argument(
                    index >= 0,
                    "the label %s cannot be told among %s: use LabelScheme.TWO_WAY for HANS",
                    label.text(),
                    labels());
            return index;
        }
    },
    /** Entailment or not: HANS; the labels of the others are mapped, neutral and contradiction alike to non-entailment. */
    TWO_WAY(NliLabel.ENTAILMENT, NliLabel.NON_ENTAILMENT) {
        @Override
        public int index(NliLabel label) {
            return label == NliLabel.ENTAILMENT ? 0 : 1;
        }
    };

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<NliLabel> labels;

    LabelScheme(NliLabel... labels) {
        this.labels = List.of(labels);
    }

    /** The labels in the order of their class indices. */
    public List<NliLabel> labels() {
        return labels;
    }

    /**
     * The class index of a label, from 0.
     *
     * @throws IllegalArgumentException if the label is coarser than the scheme
     */
    public abstract int index(NliLabel label);

    /** The label of this scheme with a class index. */
    public NliLabel label(int index) {
        Check.argument(
                index >= 0 && index < labels.size(),
                "class index is %s: it must be from 0 to %s",
                index,
                labels.size() - 1);
        return labels.get(index);
    }

    /** What the labels are called, in the order of their class indices. */
    public List<String> names() {
        return labels.stream().map(NliLabel::text).toList();
    }

    /**
     * A pair as an example of a classifier with these labels; its group is its heuristic, if it has one.
     *
     * @throws IllegalArgumentException if the pair's label is coarser than the scheme
     */
    public TextExample example(NliPair pair) {
        HansTag hans = pair.hans();
        return new TextExample(
                pair.id(),
                pair.premise(),
                pair.hypothesis(),
                index(pair.label()),
                hans == null ? "" : hans.heuristic().text());
    }

    /** Pairs as examples of a classifier with these labels, in their order. */
    public List<TextExample> examples(List<NliPair> pairs) {
        return pairs.stream().map(this::example).toList();
    }

    /**
     * What a classifier of three labels says about two: the probabilities of entailment and of the rest.
     *
     * @param threeWay the probabilities of entailment, neutral and contradiction
     */
    public static double[] twoWay(double... threeWay) {
        Check.argument(
                threeWay.length == 3, "there are %s probabilities: they must be those of 3 labels", threeWay.length);
        return new double[] {threeWay[0], threeWay[1] + threeWay[2]};
    }
}
