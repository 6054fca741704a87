package dev.fastif.benchmarks.race;

import dev.fastif.examples.bert.BertConfig;
import java.util.Locale;

/** Sizes of the encoders that are raced; only the last two layers, the pooler and the classifier are trained. */
enum Shape {
    /** all-MiniLM-L6-v2. */
    MINILM(6, 384, 12, 1536),
    /** BERT-base uncased. */
    BERT_BASE(12, 768, 12, 3072);

    static final int VOCABULARY = 30522;
    static final int TRAINED_LAYERS = 2;

    final int layers;
    final int hidden;
    final int heads;
    final int intermediate;

    Shape(int layers, int hidden, int heads, int intermediate) {
        this.layers = layers;
        this.hidden = hidden;
        this.heads = heads;
        this.intermediate = intermediate;
    }

    BertConfig config() {
        return new BertConfig(layers, hidden, heads, intermediate, VOCABULARY, 512, BertConfig.NORM_EPSILON);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
