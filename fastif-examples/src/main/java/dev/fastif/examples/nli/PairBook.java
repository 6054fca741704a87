package dev.fastif.examples.nli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Blocks of templates, in their file's order; the head of {@code hans-pairs.txt} says what a block looks like. */
record PairBook(List<Block> blocks) {
    /**
     * Premises and hypotheses that all go together.
     *
     * @param where the line that opens the block
     * @param hans the subcase, or null for ordinary pairs
     * @param premises at least one
     * @param hypotheses by label; a label without hypotheses is absent
     */
    record Block(
            TextResource.Line where,
            @Nullable HansTag hans,
            List<Phrase> premises,
            Map<NliLabel, List<Phrase>> hypotheses) {

        /** The labels this block has hypotheses for, as often as it has some. */
        List<NliLabel> labels() {
            List<NliLabel> labels = new ArrayList<>();
            hypotheses.forEach((label, phrases) -> phrases.forEach(phrase -> labels.add(label)));
            return labels;
        }
    }

    private static final String NO_SUBCASE = "-";

    static PairBook of(TextResource text, Vocabulary vocabulary) {
        List<Block> blocks = new ArrayList<>();
        Block block = null;
        for (TextResource.Line line : text.lines()) {
            if (line.text().startsWith("@ ")) {
                block = begin(line);
                blocks.add(block);
            } else if (block == null) {
                throw line.error("a sentence before the first block; begin one with '@ SUBCASE' or '@ -'");
            } else {
                add(block, line, vocabulary);
            }
        }
        blocks.forEach(PairBook::requireComplete);
        return new PairBook(List.copyOf(blocks));
    }

    private static Block begin(TextResource.Line line) {
        String subcase = line.text().substring(2).strip();
        HansTag hans = subcase.equals(NO_SUBCASE) ? null : HansTag.of(subcase);
        return new Block(line, hans, new ArrayList<>(), new EnumMap<>(NliLabel.class));
    }

    private static void add(Block block, TextResource.Line line, Vocabulary vocabulary) {
        Phrase phrase = Phrase.of(line, line.text().substring(1).strip(), vocabulary);
        if (line.text().startsWith(">")) {
            block.premises().add(phrase);
        } else {
            block.hypotheses()
                    .computeIfAbsent(label(line), unused -> new ArrayList<>())
                    .add(phrase);
        }
    }

    private static NliLabel label(TextResource.Line line) {
        return switch (line.text().charAt(0)) {
            case 'E' -> NliLabel.ENTAILMENT;
            case 'N' -> NliLabel.NEUTRAL;
            case 'C' -> NliLabel.CONTRADICTION;
            default -> throw line.error("expected @, >, E, N or C at the beginning of the line");
        };
    }

    private static void requireComplete(Block block) {
        HansTag hans = block.hans();
        if (block.premises().isEmpty() || block.hypotheses().isEmpty()) {
            throw block.where().error("the block needs a premise and a hypothesis");
        }
        if (hans == null
                && block.hypotheses().size() < LabelScheme.THREE_WAY.labels().size()) {
            throw block.where().error("an ordinary block needs hypotheses of all labels");
        }
        if (hans != null
                && block.hypotheses().keySet().stream().anyMatch(label -> isEntailment(label) != hans.entailed())) {
            throw block.where().error("a hypothesis is at odds with the subcase's name");
        }
    }

    private static boolean isEntailment(NliLabel label) {
        return label == NliLabel.ENTAILMENT;
    }
}
