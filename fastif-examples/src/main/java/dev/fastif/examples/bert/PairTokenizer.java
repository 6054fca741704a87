package dev.fastif.examples.bert;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Splits sentence pairs into the word pieces of uncased BERT, the vocabulary of MiniLM and of BERT-base alike, as {@code
 * [CLS] premise [SEP] hypothesis [SEP]}. A pair that is too long loses tokens off the end of whichever sentence is the
 * longer one until it fits, so both keep some. Any string is accepted: an empty one has no tokens, and unpaired surrogates
 * are dropped.
 *
 * <p>Any number of threads may encode with one tokenizer; {@link #close} only once they are done.
 *
 * <p>It works offline. DJL, whose native tokenizer this wraps, would fetch a CUDA library where it sees a GPU, and report
 * its use where it sees an EC2 machine; opening the first tokenizer sets the system property {@code ai.djl.offline} to
 * {@code true} unless it is set already. DJL unpacks its native library once, into {@code ~/.djl.ai} or the folder that
 * its property or environment variable {@code ENGINE_CACHE_DIR} names.
 */
public final class PairTokenizer implements AutoCloseable {

    /** The limit the published FastIF experiments use: 128 tokens, the special ones included. */
    public static final int DEFAULT_MAX_LENGTH = 128;

    /** Three special tokens and one of each sentence. */
    private static final int SHORTEST = 5;

    private static final int SPECIAL_TOKENS = 3;

    /** As many positions as the encoders have. */
    private static final int LONGEST = 512;

    private final HuggingFaceTokenizer tokenizer;
    private final int maxLength;

    private PairTokenizer(HuggingFaceTokenizer tokenizer, int maxLength) {
        this.tokenizer = tokenizer;
        this.maxLength = maxLength;
    }

    /**
     * Opens MiniLM's tokenizer with the default limit of {@value #DEFAULT_MAX_LENGTH} tokens.
     *
     * @return a tokenizer to close
     * @throws IllegalStateException if the MiniLM artifact is not on the class path
     * @throws UncheckedIOException if the artifact cannot be read
     */
    public static PairTokenizer open() {
        return open(DEFAULT_MAX_LENGTH);
    }

    /**
     * Opens MiniLM's tokenizer, in about 0.2 seconds.
     *
     * @param maxLength the most tokens of a pair, the three special ones included, from 5 to 512
     * @return a tokenizer to close
     * @throws IllegalArgumentException if {@code maxLength} is out of range
     * @throws IllegalStateException if the MiniLM artifact is not on the class path
     * @throws UncheckedIOException if the artifact cannot be read
     */
    public static PairTokenizer open(int maxLength) {
        try (InputStream in = MiniLm.openTokenizer()) {
            return read(in, maxLength);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the tokenizer from the class path", e);
        }
    }

    /** Opens the tokenizer that a {@code tokenizer.json} describes. */
    static PairTokenizer read(InputStream json, int maxLength) throws IOException {
        if (maxLength < SHORTEST || maxLength > LONGEST) {
            throw new IllegalArgumentException(
                    "maxLength must be from " + SHORTEST + " (three special tokens and one of each sentence) to "
                            + LONGEST + " (the encoder's positions) but is " + maxLength);
        }
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        // The file itself asks for truncation and padding to 128. The native truncation also keeps what it cuts off, in
        // every combination of pieces: 16 seconds for two texts of 600 words and a limit of 5. So we cut.
        Map<String, String> options = Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");
        return new PairTokenizer(HuggingFaceTokenizer.newInstance(json, options), maxLength);
    }

    /**
     * Tokenises one pair.
     *
     * @param premise the first sentence; may be empty
     * @param hypothesis the second sentence; may be empty
     * @return from 3 to {@code maxLength} tokens
     * @throws IllegalStateException if this tokenizer is closed
     */
    public TokenIds encode(String premise, String hypothesis) {
        Objects.requireNonNull(premise, "premise");
        Objects.requireNonNull(hypothesis, "hypothesis");
        Encoding encoding = tokenizer.encode(premise, hypothesis);
        int[] ids = toInts(encoding.getIds());
        int[] segments = toInts(encoding.getTypeIds());
        if (ids.length <= maxLength) {
            return new TokenIds(ids, segments);
        }
        int[] kept = kept((int) Arrays.stream(segments).filter(s -> s == 0).count(), ids.length);
        return new TokenIds(select(ids, kept), select(segments, kept));
    }

    /**
     * The places that remain of a pair over the limit when tokens go off the end of the longer sentence, as the tokenizers
     * of Hugging Face do it. {@code second} is where the hypothesis starts.
     */
    private int[] kept(int second, int length) {
        int premise = second - 2;
        int hypothesis = length - second - 1;
        int room = maxLength - SPECIAL_TOKENS;
        int keptPremise = premise > hypothesis ? room - Math.min(hypothesis, room / 2) : Math.min(premise, room / 2);
        int keptHypothesis = room - keptPremise;
        return IntStream.concat(
                        IntStream.concat(IntStream.range(0, 1 + keptPremise), IntStream.of(second - 1)),
                        IntStream.concat(IntStream.range(second, second + keptHypothesis), IntStream.of(length - 1)))
                .toArray();
    }

    /**
     * Tokenises many pairs, on all cores.
     *
     * @param premises the first sentences, {@code [n]}
     * @param hypotheses the second sentences, {@code [n]}
     * @return the pairs in order, {@code [n]}, unmodifiable
     * @throws IllegalArgumentException if the lists differ in length
     * @throws IllegalStateException if this tokenizer is closed
     */
    public List<TokenIds> encodeAll(List<String> premises, List<String> hypotheses) {
        if (premises.size() != hypotheses.size()) {
            throw new IllegalArgumentException("premises and hypotheses must have one size but have " + premises.size()
                    + " and " + hypotheses.size());
        }
        // DJL's own batch call takes every core too and gains little: 100 microseconds a pair on two cores, one alone
        // 130.
        return IntStream.range(0, premises.size())
                .parallel()
                .mapToObj(i -> encode(premises.get(i), hypotheses.get(i)))
                .toList();
    }

    /** Frees the native tokenizer; closing twice does no harm. */
    @Override
    public void close() {
        tokenizer.close();
    }

    private static int[] toInts(long[] values) {
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = Math.toIntExact(values[i]);
        }
        return ints;
    }

    private static int[] select(int[] values, int[] places) {
        return Arrays.stream(places).map(place -> values[place]).toArray();
    }
}
