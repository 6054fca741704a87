package dev.fastif.examples.nli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads Amazon-WILDS: {@code reviews.csv} with the columns {@code reviewerID}, {@code asin}, {@code overall}, {@code
 * unixReviewTime}, {@code reviewText} and {@code category}, and {@code splits/user.csv}, the official split, whose column
 * {@code split} has a number for each row of the other: -1 for reviews that belong to no part, which are left out.
 * Stateless and thread-safe.
 */
public final class ReviewReader {
    private static final List<String> FIELDS =
            List.of("reviewerID", "asin", "overall", "unixReviewTime", "reviewText", "category");
    private static final String SPLIT = "split";
    private static final int MOST_STARS = 5;
    private static final Pattern WHOLE_NUMBER = Pattern.compile("(-?[0-9]{1,3})(?:\\.0*)?");

    private ReviewReader() {}

    /**
     * The reviews of all parts, and what became of the other rows.
     *
     * @param folder with both files
     * @throws NliFormatException if the split is malformed or has another number of rows
     * @throws java.io.UncheckedIOException if a file is not there or cannot be read
     */
    public static Scan<Review> scan(Path folder) {
        Path file = folder.resolve("splits").resolve("user.csv");
        List<Integer> splits = Rows.scan(
                        file,
                        "the official split of Amazon-WILDS",
                        path -> CsvRows.open(path, List.of(SPLIT)),
                        row -> new Numbered(row.line(), number(row, SPLIT, Review.Split.NONE, Review.Split.MOST)),
                        numbered -> String.valueOf(numbered.line()))
                .orThrow()
                .stream()
                .map(Numbered::number)
                .toList();
        return Rows.scan(
                folder.resolve("reviews.csv"),
                "the reviews of Amazon-WILDS",
                path -> new SplitRows(path, CsvRows.open(path, FIELDS), splits, file),
                ReviewReader::review,
                Review::id);
    }

    private static Review review(Rows row) {
        String text = row.field("reviewText").strip();
        if (text.isEmpty()) {
            throw new RowException(RowProblem.Kind.EMPTY, "reviewText is empty");
        }
        String id = row.field("reviewerID") + "/" + row.field("asin") + "/" + row.field("unixReviewTime");
        return new Review(
                id,
                text,
                number(row, "overall", 1, MOST_STARS),
                row.field("category"),
                Review.Split.of(number(row, SPLIT, 0, Review.Split.MOST)));
    }

    private static int number(Rows row, String field, int least, int most) {
        String text = row.field(field).strip();
        Matcher digits = WHOLE_NUMBER.matcher(text);
        int value = digits.matches() ? Integer.parseInt(digits.group(1)) : Integer.MIN_VALUE;
        if (value < least || value > most) {
            throw new RowException(
                    RowProblem.Kind.LABEL,
                    field + " is '" + text + "'; expected a whole number from " + least + " to " + most);
        }
        return value;
    }

    private record Numbered(long line, int number) {}

    /** The reviews' rows with the number of their part, less those that belong to none. */
    private static final class SplitRows implements Rows {
        private final Path reviewsFile;
        private final CsvRows reviews;
        private final List<Integer> splits;
        private final Path file;
        private int row = -1;
        private @Nullable RowProblem firstProblem;

        SplitRows(Path reviewsFile, CsvRows reviews, List<Integer> splits, Path file) {
            this.reviewsFile = reviewsFile;
            this.reviews = reviews;
            this.splits = splits;
            this.file = file;
        }

        @Override
        public boolean advance() throws IOException {
            do {
                row++;
                if (!advanceReviews()) {
                    // the rest of a file that cannot be read to its end is a problem already
                    requireRows(reviews.isBroken() ? splits.size() : row);
                    return false;
                }
                requireRows(Math.max(row + 1, splits.size()));
            } while (splits.get(row) == Review.Split.NONE);
            return true;
        }

        private boolean advanceReviews() {
            try {
                return reviews.advance();
            } catch (RowException e) {
                firstProblem = firstProblem == null ? e.at(reviews.line()) : firstProblem;
                throw e;
            }
        }

        private void requireRows(int expected) {
            if (splits.size() != expected) {
                if (firstProblem != null) { // a row too many or too few, and here it is
                    throw new NliFormatException(
                            reviewsFile.toString(),
                            firstProblem.line(),
                            firstProblem.reason() + "; the split has " + splits.size() + " rows, this file has "
                                    + (expected > splits.size() ? "more" : row));
                }
                throw new NliFormatException(
                        file.toString(),
                        splits.size() + 1L,
                        "there are " + splits.size() + " rows, but " + (expected > splits.size() ? "more" : row)
                                + " in reviews.csv; take both files from one release");
            }
        }

        @Override
        public long line() {
            return reviews.line();
        }

        @Override
        public String field(String name) {
            return name.equals(SPLIT) ? splits.get(row).toString() : reviews.field(name);
        }

        @Override
        public void close() throws IOException {
            reviews.close();
        }
    }
}
