package dev.fastif.examples;

import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.SolveReport;
import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliPair;
import dev.fastif.examples.nli.NliTask;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints an {@link InfluenceResult} for people to read. */
record Explanation(PrintWriter out, NliTask task, NliData data, Evaluation evaluation, Preselection preselection) {

    void print(NliPair pair, InfluenceResult result) {
        line(
                "%nModel: MiniLM, last two layers fine-tuned on %,d pairs (%s)",
                data.training().size(), data.description());
        line("       %s%n", evaluation);

        double[] probabilities = task.probabilities(task.testPoint(pair))[0];
        line("Test pair %s", pair.id());
        printTexts(pair);
        line(
                "  label       %s, predicted %s (probability of the label %.3f)%n",
                name(pair),
                Evaluation.predicted(probabilities).name().toLowerCase(Locale.ROOT),
                probabilities[pair.label().index()]);

        line("Most helpful training pairs: without them the loss on the test pair would rise");
        printAll(result.helpful());
        line("Most harmful training pairs: without them the loss on the test pair would fall");
        printAll(result.harmful());

        SolveReport solve = result.solve();
        line(
                "Scored %,d nearest of %,d training pairs.",
                result.scored().size(), data.training().size());
        preselection.report().ifPresent(report -> line("  %s", report));
        line("s_test by %s", solve.solver());
        line(
                "  damping %s, relative residual %.3g measured on %d training pairs, cosine to the gradient %.4f",
                solve.damping(), solve.relativeResidual(), solve.residualExamples(), solve.cosine());
        StringBuilder timings = new StringBuilder("Seconds:");
        result.timings()
                .forEach((stage, time) -> timings.append(String.format(
                        Locale.ROOT, " %s %.2f", stage.name().toLowerCase(Locale.ROOT), time.toMillis() / 1000.0)));
        line("%s", timings);
        out.flush();
    }

    private void printAll(List<Influence> influences) {
        if (influences.isEmpty()) {
            line("  none%n");
        }
        for (Influence influence : influences) {
            NliPair pair = task.trainingPair(influence.id());
            line(
                    "  influence %+.4g, loss if removed %+.3g, squared distance %.4g",
                    influence.value(), influence.changeIfRemoved(), influence.squaredDistance());
            printTexts(pair);
            line("  label       %s%n", name(pair));
        }
    }

    private void printTexts(NliPair pair) {
        line("  premise     %s", pair.premise());
        line("  hypothesis  %s", pair.hypothesis());
    }

    private static String name(NliPair pair) {
        return pair.label().name().toLowerCase(Locale.ROOT);
    }

    private void line(String format, Object... arguments) {
        out.printf(Locale.ROOT, format + "%n", arguments);
    }
}
