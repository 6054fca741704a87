package dev.fastif.examples;

import dev.fastif.examples.digits.Digit;
import dev.fastif.examples.digits.DigitNet;
import dev.fastif.examples.digits.Digits;
import dev.fastif.examples.digits.MislabelHunt;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fastif mislabelled}: finds mislabelled digits by self-influence. */
@Command(
        name = "mislabelled",
        description = "Mislabels some of 1,500 handwritten digits, trains a network of DL4J on them, and finds them by"
                + " self-influence.",
        mixinStandardHelpOptions = true)
final class MislabelledCommand implements Callable<Integer> {
    private static final double[] CHECKED = {0.05, 0.1, 0.15, 0.2, 0.3, 0.5};

    @Option(
            names = "--network",
            paramLabel = "NAME",
            defaultValue = "MLP",
            description =
                    "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). LSTM reads a digit row by row, REGRESSION"
                            + " tells the number shown.")
    private DigitNet network = DigitNet.MLP;

    @Option(
            names = "--share",
            paramLabel = "X",
            defaultValue = "0.1",
            description = "Share of the labels to make wrong (default: ${DEFAULT-VALUE}).")
    private double share = 0.1;

    @Option(
            names = "--training",
            paramLabel = "N",
            defaultValue = "1500",
            description = "How many digits to train on, at most 1,500 (default: ${DEFAULT-VALUE}).")
    private int training = 1500;

    @Option(names = "--show", paramLabel = "N", defaultValue = "3", description = "How many suspects to show.")
    private int show = 3;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of all randomness (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Digit> digits = Digits.training(training);
        MislabelHunt.Findings findings;
        try (ConsoleProgress progress = new ConsoleProgress()) {
            findings = new MislabelHunt(digits, network, share, seed).run(progress);
        }
        out.printf(
                Locale.ROOT,
                "%s on %d digits, %d of them mislabelled, seed %d%n",
                network,
                digits.size(),
                findings.planted().size(),
                seed);
        out.printf(Locale.ROOT, "%-10s %16s %10s %10s%n", "checked", "self-influence", "loss", "chance");
        for (double checked : CHECKED) {
            out.printf(
                    Locale.ROOT,
                    "%-10.2f %16.3f %10.3f %10.3f%n",
                    checked,
                    findings.found(findings.bySelfInfluence(), checked),
                    findings.found(findings.byLoss(), checked),
                    checked);
        }
        findings.bySelfInfluence().stream().limit(show).forEach(id -> {
            Digit digit = digits.get(id);
            out.printf(
                    Locale.ROOT,
                    "%nid %d, labelled %d, shows %d%n",
                    id,
                    findings.told().get(id).label(),
                    digit.label());
            out.print(digit.picture());
        });
        out.flush();
        return 0;
    }
}
