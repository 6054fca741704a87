package dev.fastif.examples.bert;

import static dev.fastif.examples.bert.Failures.assertMentions;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairTokenizerTest {

    private static final int CLS = 101;
    private static final int SEP = 102;

    private static PairTokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = PairTokenizer.open();
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void aKnownPair() {
        // The line numbers in BERT's vocab.txt of: a man is eating food . | nobody eats .
        assertEquals(
                new TokenIds(
                        new int[] {CLS, 1037, 2158, 2003, 5983, 2833, 1012, SEP, 6343, 20323, 1012, SEP},
                        new int[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}),
                tokenizer.encode("A man is eating food.", "Nobody eats."));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7, 16, 128, 512})
    void aLongPairIsCutToTheLimitAndKeepsBothSentences(int maxLength) {
        String longText = "word ".repeat(2000);
        try (PairTokenizer limited = PairTokenizer.open(maxLength)) {
            for (TokenIds pair : List.of(
                    limited.encode(longText, longText),
                    limited.encode(longText, "word"),
                    limited.encode("word", longText))) {
                assertEquals(maxLength, pair.length());
                assertTrue(words(pair, 0) >= 1 && words(pair, 1) >= 1, pair.toString());
                assertWellFormed(pair);
            }
            TokenIds both = limited.encode(longText, longText);
            assertTrue(Math.abs(words(both, 0) - words(both, 1)) <= 1, "the longer sentence loses tokens first");
        }
    }

    /** The native tokenizer's own truncation, slow but the reference. */
    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7, 8, 13})
    void theCutIsTheOneOfHuggingFace(int maxLength) throws IOException {
        Map<String, String> options =
                Map.of("truncation", "longest_first", "padding", "do_not_pad", "maxLength", "" + maxLength);
        try (PairTokenizer ours = PairTokenizer.open(maxLength);
                InputStream in = MiniLm.openTokenizer();
                HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(in, options)) {
            for (int a = 0; a < 14; a++) {
                for (int b = 0; b < 14; b++) {
                    String premise =
                            "one two three four five six seven ".repeat(2).substring(0, 4 * a);
                    String hypothesis =
                            "red green blue black white pink grey ".repeat(2).substring(0, 4 * b);
                    Encoding expected = theirs.encode(premise, hypothesis);
                    TokenIds actual = ours.encode(premise, hypothesis);
                    assertArrayEquals(
                            expected.getIds(),
                            Arrays.stream(actual.ids()).asLongStream().toArray());
                    assertArrayEquals(
                            expected.getTypeIds(),
                            Arrays.stream(actual.segments()).asLongStream().toArray());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\t\n",
                "\0",
                "\uD83D\uDE00 emoji",
                "\u65E5\u672C\u8A9E",
                "e\u0301t\u00E9",
                "\uD800",
                "x\uDC00y",
                "\u200B\uFEFF"
            })
    void anyStringIsAccepted(String text) {
        for (TokenIds pair : List.of(
                tokenizer.encode(text, "plain"), tokenizer.encode("plain", text), tokenizer.encode(text, text))) {
            assertWellFormed(pair);
        }
    }

    @Test
    void emptySentencesLeaveTheSpecialTokens() {
        assertEquals(new TokenIds(new int[] {CLS, SEP, SEP}, new int[] {0, 0, 1}), tokenizer.encode("", ""));
    }

    @Test
    void accentsAndCaseDoNotMatter() {
        assertEquals(tokenizer.encode("ete", "cafe"), tokenizer.encode("\u00C9t\u00E9", "CAFE\u0301"));
    }

    @Test
    void listsOneByOneAndThreadsAgree() {
        List<String> premises =
                IntStream.range(0, 200).mapToObj(i -> "Sentence number " + i).toList();
        List<String> hypotheses =
                IntStream.range(0, 200).mapToObj(i -> "word ".repeat(i)).toList();
        List<TokenIds> batch = tokenizer.encodeAll(premises, hypotheses);
        List<TokenIds> parallel = IntStream.range(0, 200)
                .parallel()
                .mapToObj(i -> tokenizer.encode(premises.get(i), hypotheses.get(i)))
                .toList();
        assertEquals(batch, parallel);
        assertEquals(List.of(), tokenizer.encodeAll(List.of(), List.of()));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.encodeAll(premises, List.of()));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 4, 513})
    void limitsOutOfRangeAreRejected(int maxLength) {
        assertMentions(
                IllegalArgumentException.class, () -> PairTokenizer.open(maxLength), "maxLength", "is " + maxLength);
    }

    @Test
    void aClosedTokenizerSaysSo() {
        PairTokenizer closed = PairTokenizer.open();
        closed.close();
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.encode("a", "b"));
    }

    @Test
    void itIsOffline() {
        assertEquals("true", System.getProperty("ai.djl.offline"));
    }

    @Test
    void tokenIdsCopyTheirArraysAndCheckThem() {
        int[] ids = {CLS, SEP, SEP};
        int[] segments = {0, 0, 1};
        TokenIds pair = new TokenIds(ids, segments);
        ids[0] = 7;
        pair.ids()[0] = 7;
        pair.segments()[0] = 1;
        assertArrayEquals(new int[] {CLS, SEP, SEP}, pair.ids());
        assertArrayEquals(new int[] {0, 0, 1}, pair.segments());
        assertEquals(pair.hashCode(), new TokenIds(new int[] {CLS, SEP, SEP}, segments).hashCode());
        assertThrows(IllegalArgumentException.class, () -> new TokenIds(new int[] {1}, segments));
        assertThrows(IllegalArgumentException.class, () -> new TokenIds(new int[] {-1}, new int[] {0}));
        assertThrows(IllegalArgumentException.class, () -> new TokenIds(new int[] {1}, new int[] {2}));
    }

    /** How many tokens of that segment are no special ones. */
    private static int words(TokenIds pair, int segment) {
        long tokens = Arrays.stream(pair.segments()).filter(s -> s == segment).count();
        return (int) tokens - (segment == 0 ? 2 : 1);
    }

    /** [CLS] ... [SEP] in segment 0, ... [SEP] in segment 1. */
    private static void assertWellFormed(TokenIds pair) {
        int[] ids = pair.ids();
        int[] segments = pair.segments();
        int first = words(pair, 0) + 1;
        assertEquals(CLS, ids[0]);
        assertEquals(SEP, ids[first]);
        assertEquals(SEP, ids[ids.length - 1]);
        assertArrayEquals(
                IntStream.range(0, ids.length).map(i -> i <= first ? 0 : 1).toArray(), segments);
        assertEquals(2, Arrays.stream(ids).filter(id -> id == SEP).count());
    }
}
