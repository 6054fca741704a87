package dev.fastif.examples.bert;

import static dev.fastif.examples.bert.Failures.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordPiecesTest {
    private static final List<String> VOCABULARY =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "play", "##ing", "##s", "cafe", ".", "中");

    @Test
    void splitsLowercasedWordsIntoTheLongestPieces() throws IOException {
        String json = WordPieces.tokenizerJson(VOCABULARY);
        try (PairTokenizer tokenizer =
                PairTokenizer.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), 128)) {
            assertEquals(
                    new TokenIds(
                            new int[] {2, 5, 6, 7, 10, 3, 9, 8, 6, 8, 1, 11, 4, 3},
                            new int[] {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}),
                    tokenizer.encode("The playing.", "Cafés plays unknown中 [MASK]"));
        }
    }

    @Test
    void aVocabularyWithoutSpecialTokensIsRefused() {
        assertMentions(
                IllegalStateException.class,
                () -> WordPieces.tokenizerJson(List.of("[PAD]", "the")),
                "'[UNK]'",
                "2 word");
    }
}
