package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.fetch.Archive;
import dev.fastif.examples.fetch.Download;
import dev.fastif.examples.fetch.Web;
import dev.fastif.examples.nli.DataFolder;
import dev.fastif.examples.nli.NliFormatException;
import dev.fastif.examples.nli.NliPair;
import dev.fastif.examples.nli.PairReader;
import dev.fastif.examples.nli.Review;
import dev.fastif.examples.nli.ReviewReader;
import dev.fastif.examples.nli.RowProblem;
import dev.fastif.examples.nli.Scan;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fastif data}: which data sets are there, and how to get the others. */
@Command(
        name = "data",
        description = "Says which data sets are in a folder, or fetches one from its publisher.",
        mixinStandardHelpOptions = true)
final class DataCommand implements Callable<Integer> {
    private static final long MEGABYTE = 1_000_000;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:FASTIF_DATA}",
            description = "The folder (default: the environment variable FASTIF_DATA).")
    private @Nullable Path data;

    @Option(
            names = "--fetch",
            paramLabel = "NAME",
            description = "Download this first, check it and put it into the folder: ${COMPLETION-CANDIDATES}.")
    private List<Archive> fetch = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Path folder = data;
        if (folder == null) {
            throw new IllegalArgumentException(
                    "--data names no folder: give it one, or set the environment variable FASTIF_DATA");
        }
        Check.argument(!fetch.isEmpty() || Files.isDirectory(folder), "--data is %s: there is no such folder", folder);
        fetch(folder);
        DataFolder found = new DataFolder(folder);
        boolean intact = report(out, found);
        out.println();
        hints(out, found);
        out.flush();
        return intact ? 0 : 1;
    }

    private void fetch(Path folder) {
        Web web = new Web();
        try (ConsoleProgress progress = new ConsoleProgress()) {
            for (Archive archive : fetch) {
                for (Download download : archive.downloads()) {
                    String name = "Fetching " + download.address();
                    download.into(
                            folder,
                            web,
                            (done, total) -> progress.update(name, done / MEGABYTE, Math.max(1, total / MEGABYTE)));
                }
            }
        }
    }

    /** Whether no file is damaged. */
    private static boolean report(PrintWriter out, DataFolder folder) {
        boolean intact = true;
        for (DataFolder.PairFile file : folder.pairFiles()) {
            Scan<NliPair> scan = PairReader.scan(file.format(), file.file());
            intact &= report(out, file.name(), scan, pair -> pair.label().text());
        }
        if (folder.hasReviews()) {
            try {
                Scan<Review> scan = ReviewReader.scan(folder.reviewsFolder());
                intact &= report(out, "amazon/reviews.csv", scan, DataCommand::describe);
            } catch (NliFormatException e) {
                out.println(e.getMessage());
                intact = false;
            }
        }
        return intact;
    }

    private static String describe(Review review) {
        return review.split().name().toLowerCase(Locale.ROOT) + " " + review.stars() + "*";
    }

    private static <T> boolean report(PrintWriter out, String name, Scan<T> scan, Function<T, String> label) {
        int size = scan.examples().size();
        Map<String, Long> counts =
                scan.examples().stream().collect(Collectors.groupingBy(label, TreeMap::new, Collectors.counting()));
        out.printf(
                Locale.ROOT,
                "%-36s %,9d  %s%n",
                name,
                size,
                counts.entrySet().stream()
                        .map(entry -> String.format(
                                Locale.ROOT, "%s %.1f%%", entry.getKey(), 100.0 * entry.getValue() / size))
                        .collect(Collectors.joining(", ")));
        if (scan.problems().total() > 0) {
            out.printf(Locale.ROOT, "%38sskipped rows: %s%n", "", scan.problems());
            for (RowProblem problem : scan.problems().first()) {
                out.printf(Locale.ROOT, "%38sline %,d: %s%n", "", problem.line(), problem.reason());
            }
        }
        return scan.problems().errors() == 0 && size > 0;
    }

    private static void hints(PrintWriter out, DataFolder folder) {
        List<String> names =
                folder.pairFiles().stream().map(DataFolder.PairFile::name).toList();
        for (Archive archive : Archive.values()) {
            String prefix = archive.name().toLowerCase(Locale.ROOT) + "/";
            if (names.stream().noneMatch(name -> name.startsWith(prefix))) {
                out.printf(
                        Locale.ROOT,
                        "%s is not there: 'fastif data --data %s --fetch %s' downloads it (%,d MB, from %s).%n",
                        archive,
                        folder.root(),
                        archive,
                        archive.bytes() / MEGABYTE,
                        archive.downloads().get(0).address().getHost());
            }
        }
        if (!folder.hasReviews()) {
            out.printf(
                    Locale.ROOT,
                    "Amazon-WILDS is not there: get 'amazon' of https://wilds.stanford.edu (2 GB) and put its reviews.csv and"
                            + " splits/user.csv into %s.%n",
                    folder.reviewsFolder());
        }
        if (names.isEmpty()) {
            out.println("Without data the other commands generate pairs of their own.");
        }
    }
}
