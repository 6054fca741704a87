package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes in the template files are found when they are read, and named by file and line. */
final class PairBookTest {
    private static final Vocabulary WORDS =
            Vocabulary.of(text("table pet: one, many", "cat | cats", "owl | owls", "table one: word", "only"));

    @Test
    void expandsSlotsChoicesAndArticles() {
        TextResource.Line line = new TextResource.Line("t", 1, "");
        Phrase phrase = Phrase.of(line, "a(n) {pet1} and two {pet2.many}[ slept|].", WORDS);

        for (int seed = 0; seed < 20; seed++) {
            String sentence = phrase.with(new Words(new Random(seed)));
            assertTrue(sentence.matches("(A cat and two owls|An owl and two cats)( slept)?\\."), sentence);
        }
    }

    @Test
    void premiseAndHypothesisShareTheirWords() {
        TextResource.Line line = new TextResource.Line("t", 1, "");
        Words words = new Words(new Random(3));
        String first = Phrase.of(line, "The {pet1}.", WORDS).with(words);
        assertEquals(first, Phrase.of(line, "The {pet1.one}.", WORDS).with(words));
    }

    @Test
    void saysWhichTableIsTooSmall() {
        Phrase phrase = Phrase.of(new TextResource.Line("t", 1, ""), "{one1} {one2}", WORDS);
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> phrase.with(new Words(new Random(1))));
        assertSays("table one is too small", e);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "The {dog} sleeps.; no table for {dog}",
                "The {pet.few} sleep.; no column for {pet.few}",
                "The {Pet} sleeps.; is not {table}",
                "The [cat|owl sleeps.; without its counterpart",
                "The {pet sleeps.; without its counterpart"
            })
    void findsMistakesInASentence(String sentence, String reason) {
        assertMistake(2, reason, "@ le_passive", "> " + sentence, "E Something.");
    }

    @Test
    void findsMistakesInABlock() {
        assertMistake(1, "before the first block", "> The cat sleeps.");
        assertMistake(1, "needs a premise and a hypothesis", "@ le_passive", "E The cat sleeps.");
        assertMistake(1, "hypotheses of all labels", "@ -", "> The cat sleeps.", "E The cat rests.");
        assertMistake(1, "at odds with the subcase's name", "@ le_passive", "> The cat sleeps.", "N The owl sleeps.");
        assertMistake(2, "expected @, >, E, N or C", "@ le_passive", "? The cat sleeps.");
    }

    @Test
    void findsMistakesInTheVocabulary() {
        List<TextResource> mistakes = List.of(
                text("cat | cats"),
                text("table pet"),
                text("table pet: one, many", "cat"),
                text("table a: b", "table a: c"));
        for (TextResource mistake : mistakes) {
            NliFormatException e = assertThrows(NliFormatException.class, () -> Vocabulary.of(mistake));
            assertEquals(mistake.lines().size(), e.line());
        }
    }

    private static void assertMistake(int line, String reason, String... lines) {
        NliFormatException e = assertThrows(NliFormatException.class, () -> PairBook.of(text(lines), WORDS));
        assertEquals(line, e.line(), e.getMessage());
        assertSays(reason, e);
    }

    private static TextResource text(String... texts) {
        List<TextResource.Line> lines = new ArrayList<>();
        for (String text : texts) {
            lines.add(new TextResource.Line("test.txt", lines.size() + 1, text));
        }
        return new TextResource(lines);
    }
}
