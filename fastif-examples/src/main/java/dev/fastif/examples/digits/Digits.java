package dev.fastif.examples.digits;

import dev.fastif.core.internal.Check;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The 1,600 handwritten digits that come with the examples: a part of UCI's set, in its order. */
public final class Digits {
    private static final int TRAINING = 1500;

    private Digits() {}

    /** The first digits, of which there are 1,500 to train on. */
    public static List<Digit> training(int count) {
        Check.argument(count >= 1 && count <= TRAINING, "training is %d: there are %d digits", count, TRAINING);
        return all().subList(0, count);
    }

    /** A hundred digits that are not trained on. */
    public static List<Digit> tests() {
        List<Digit> all = all();
        return all.subList(TRAINING, all.size());
    }

    private static List<Digit> all() {
        try (InputStream in = Objects.requireNonNull(Digits.class.getResourceAsStream("digits.csv"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(Digits::digit)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("digits.csv of the examples cannot be read", e);
        }
    }

    private static Digit digit(String line) {
        List<Integer> numbers =
                Arrays.stream(line.split(",", -1)).map(Integer::valueOf).toList();
        return new Digit(numbers.get(0), numbers.subList(1, numbers.size()));
    }
}
