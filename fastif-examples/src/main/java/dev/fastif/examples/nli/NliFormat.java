package dev.fastif.examples.nli;

import java.util.List;

/**
 * The formats that data sets of premises and hypotheses are published in. A file is tab separated with a header, or, if its
 * name ends in {@code .jsonl}, holds JSON objects; its fields are found by name.
 */
public enum NliFormat {
    /** MultiNLI: GLUE's {@code .tsv}, and the {@code .jsonl} and {@code .txt} of the original release. */
    MNLI(
            "a MultiNLI file, such as GLUE's train.tsv or multinli_1.0_train.jsonl",
            "sentence1",
            "sentence2",
            "gold_label",
            "pairID"),
    /** SNLI's {@code .jsonl} and {@code .txt}, whose fields are those of MultiNLI. */
    SNLI("an SNLI file, such as snli_1.0_dev.jsonl", "sentence1", "sentence2", "gold_label", "pairID"),
    /** HANS: two labels, entailment and non-entailment; every pair has its heuristic, subcase and template. */
    HANS("a HANS file, such as heuristics_evaluation_set.txt", "sentence1", "sentence2", "gold_label", "pairID") {
        @Override
        List<String> fields() {
            return List.of(premise, hypothesis, label, id, "heuristic", "subcase", "template");
        }

        @Override
        NliLabel parse(String name) {
            return switch (name) {
                case "entailment" -> NliLabel.ENTAILMENT;
                case "non-entailment" -> NliLabel.NON_ENTAILMENT;
                default -> throw unknown(name, "entailment or non-entailment");
            };
        }

        @Override
        NliPair pair(Rows row) {
            NliPair plain = super.pair(row);
            HansTag tag = tag(row);
            if (tag.entailed() != (plain.label() == NliLabel.ENTAILMENT)) {
                throw new RowException(
                        RowProblem.Kind.LABEL,
                        "the label " + row.field(label).strip() + " contradicts the subcase " + tag.subcase());
            }
            return new NliPair(plain.id(), plain.premise(), plain.hypothesis(), plain.label(), tag);
        }

        private static HansTag tag(Rows row) {
            String heuristic = row.field("heuristic").strip();
            HansTag tag;
            try {
                tag = HansTag.of(
                        row.field("subcase").strip(), row.whole("template").strip());
            } catch (IllegalArgumentException e) {
                throw new RowException(RowProblem.Kind.MALFORMED, String.valueOf(e.getMessage()), e);
            }
            if (!tag.heuristic().name().equalsIgnoreCase(heuristic)) {
                throw new RowException(
                        RowProblem.Kind.MALFORMED,
                        "the subcase " + tag.subcase() + " is not one of the heuristic '" + heuristic + "'");
            }
            return tag;
        }
    },
    /** ANLI: JSON lines with {@code context}, {@code hypothesis}, {@code label} (e, n or c) and {@code uid}. */
    ANLI("an ANLI file, such as R1/dev.jsonl", "context", "hypothesis", "label", "uid") {
        @Override
        NliLabel parse(String name) {
            return switch (name) {
                case "e" -> NliLabel.ENTAILMENT;
                case "n" -> NliLabel.NEUTRAL;
                case "c" -> NliLabel.CONTRADICTION;
                default -> throw unknown(name, "e, n or c");
            };
        }
    };

    private static final String NO_AGREEMENT = "-";

    final String expected;
    final String premise;
    final String hypothesis;
    final String label;
    final String id;

    NliFormat(String expected, String premise, String hypothesis, String label, String id) {
        this.expected = expected;
        this.premise = premise;
        this.hypothesis = hypothesis;
        this.label = label;
        this.id = id;
    }

    /** What a header has to name. */
    List<String> fields() {
        return List.of(premise, hypothesis, label, id);
    }

    NliLabel parse(String name) {
        try {
            return NliLabel.parse(name);
        } catch (IllegalArgumentException e) {
            throw new RowException(RowProblem.Kind.LABEL, e.getMessage() + ", or - to skip the pair", e);
        }
    }

    static RowException unknown(String name, String expected) {
        return new RowException(RowProblem.Kind.LABEL, "unknown label '" + name + "'; expected " + expected);
    }

    /** The pair of a row. */
    NliPair pair(Rows row) {
        String name = row.field(label).strip();
        if (name.equals(NO_AGREEMENT)) {
            throw new RowException(RowProblem.Kind.NO_AGREEMENT, "the annotators did not agree");
        }
        String first = nonEmpty(row, premise);
        String second = nonEmpty(row, hypothesis);
        String known = row.whole(id).strip();
        if (known.isEmpty()) {
            throw new RowException(RowProblem.Kind.MALFORMED, id + " is empty: pairs are told apart by it");
        }
        return new NliPair(known, first, second, parse(name), null);
    }

    private static String nonEmpty(Rows row, String field) {
        String text = row.whole(field).strip();
        if (text.isEmpty()) {
            throw new RowException(RowProblem.Kind.EMPTY, field + " is empty");
        }
        return text;
    }
}
