package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.examples.report.Browser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each experiment from the command line to its page, on a few generated pairs. */
final class StudyCommandsTest {
    private static final String TINY = " --training 60 --epochs 1 --sample 8 --damping 300";
    private static final String CORRECTION =
            " --iterations 1 --repetitions 1 --evaluation 6 --anchors 3 --candidates 10";

    /** Shared: the same pairs need their frozen layers evaluated only once. */
    @TempDir
    private static Path work;

    private record Outcome(int exit, String out, String err) {}

    @ParameterizedTest
    @CsvSource({
        "recall, recall --points 2, 2",
        "speed-minilm, speed --points 1 --fast-steps 2 --original-steps 1 --scored 10, 1",
        "tradeoff, tradeoff --points 2 --depths 2 --batches 1,4, 4",
        "correlation, correlation --points 1 --depth 20 --tolerance 0.3 --low-damping 10, 2",
        "correct, correct" + CORRECTION + ", 9",
        "augment-hans, augment --pool 12" + CORRECTION + ", 9",
        "simulate, simulate --points 2 --examples 2 --rates 2, 2",
        "visualize-mnli, visualize --points 2 --candidates 10, 1",
        "visualize-hans, visualize --trained-on hans --points 2 --candidates 10, 1",
        "retrain, retrain --points 2 --remove 5 --candidates 10, 2",
    })
    void runsToItsPageAndFindsItsResultsAgain(String experiment, String command, int figures) throws Exception {
        String arguments = command + " --data generated" + TINY;
        Outcome first = run(arguments);
        assertEquals(0, first.exit, first.err);
        Path file = work.resolve("results").resolve(experiment + ".jsonl");
        byte[] results = Files.readAllBytes(file);
        Outcome second = run(arguments);
        assertEquals(0, second.exit, second.err);
        assertTrue(second.out.contains("on file already"), second.out);
        assertArrayEquals(results, Files.readAllBytes(file));

        Outcome other = run(arguments + " --seed 5");
        assertEquals(2, other.exit, other.out);
        assertTrue(other.err.contains("seed was 0 and is 5"), other.err);

        Browser.check(work.resolve("results").resolve(experiment + ".html"), figures);
    }

    @Test
    void restartDiscardsEarlierResults() throws IOException {
        String arguments = "recall --data generated --points 1 --results " + work.resolve("again") + TINY;
        assertEquals(0, run(arguments).exit);
        Outcome again = run(arguments + " --restart --seed 1");
        assertEquals(0, again.exit, again.err);
        assertFalse(again.out.contains("on file already"), again.out);
    }

    @Test
    void aRunThatAsksForMoreGoesOnWithThoseOfOneThatAskedForFewer() throws IOException {
        Path results = work.resolve("more");
        String arguments = "recall --data generated --results " + results + TINY + " --points ";
        assertEquals(0, run(arguments + 2).exit);
        List<String> few = Files.readAllLines(results.resolve("recall.jsonl"));
        Outcome more = run(arguments + 4);
        assertEquals(0, more.exit, more.err);
        assertTrue(more.out.contains("2 results are on file already"), more.out);
        List<String> all = Files.readAllLines(results.resolve("recall.jsonl"));
        assertEquals(few, all.subList(0, few.size()));
        assertEquals(5, all.size());
    }

    @Test
    void augmentsWithReviewsInThePublishedColumns(@TempDir Path data) throws IOException {
        Path amazon = data.resolve("amazon");
        Files.createDirectories(amazon.resolve("splits"));
        StringBuilder reviews = new StringBuilder(
                "\"reviewerID\",\"asin\",\"overall\",\"reviewTime\",\"unixReviewTime\",\"reviewText\",\"summary\",\"verified\","
                        + "\"category\",\"reviewYear\"\n");
        StringBuilder splits = new StringBuilder("split\n");
        for (int i = 0; i < 90; i++) {
            int stars = 1 + i % 5;
            reviews.append(String.format(
                    "\"r%d\",\"B%d\",%d.0,\"05 1, 2014\",%d,\"%s, says \"\"%d\"\"\",\"s\",True,\"Books\",2014\n",
                    i,
                    i,
                    stars,
                    1_400_000_000 + i,
                    List.of("Awful", "Poor", "Fair", "Good", "Superb").get(stars - 1),
                    i));
            splits.append(i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : 3).append('\n');
        }
        Files.writeString(amazon.resolve("reviews.csv"), reviews);
        Files.writeString(amazon.resolve("splits/user.csv"), splits);
        Outcome outcome =
                run("augment --with amazon --data " + data + " --epochs 1 --sample 8 --damping 300" + CORRECTION);
        assertEquals(0, outcome.exit, outcome.err);
        assertTrue(outcome.out.contains("unseen reviewers"), outcome.out);
        assertTrue(outcome.out.contains("Amazon-WILDS"), outcome.out);
    }

    @ParameterizedTest
    @CsvSource({
        "augment --with anli --data generated, fastif data",
        "augment --with amazon --data no/such/folder, fastif data",
        "recall --data generated --points 0, --points",
        "tradeoff --data generated --scale much, --scale",
        "correlation --data generated --low-damping -1, --low-damping",
        "correct --data generated --step 0, --step",
    })
    void wrongArgumentsAreNamed(String arguments, String named) {
        Outcome outcome = run(arguments);
        assertTrue(outcome.exit != 0, outcome.out);
        assertTrue(outcome.err.contains(named), outcome.err);
        assertFalse(outcome.err.contains("\tat "), "no stack trace: " + outcome.err);
    }

    private static Outcome run(String arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
        all.addAll(List.of("--work", work.toString()));
        int exit = Fastif.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Outcome(exit, out.toString(), err.toString());
    }
}
