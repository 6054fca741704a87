package dev.fastif.examples;

import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.SolveReport;
import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.TextExample;
import dev.fastif.examples.study.Predictions;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints an {@link InfluenceResult} for people to read. */
record Explanation(PrintWriter out, NliTask task, NliData data, Predictions evaluation, Preselection preselection) {

    void print(TextExample pair, InfluenceResult result) {
        line(
                "%nModel: %s, last two layers fine-tuned on %,d pairs (%s)",
                task.encoderName(), data.training().size(), data.description());
        line("       %s%n", evaluation);

        double[] probabilities = Predictions.probabilities(task.model(), task.testPoint(pair))[0];
        line("Test pair %s", pair.id());
        printTexts(pair);
        line(
                "  label       %s, predicted %s (probability of the label %.3f)%n",
                name(pair), task.labels().get(Predictions.highest(probabilities)), probabilities[pair.label()]);

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
            TextExample pair = task.trainingPair(influence.id());
            line(
                    "  influence %+.4g, loss if removed %+.3g, squared distance %.4g",
                    influence.value(), influence.changeIfUnweighted(), influence.squaredDistance());
            printTexts(pair);
            line("  label       %s%n", name(pair));
        }
    }

    private void printTexts(TextExample pair) {
        line("  premise     %s", pair.first());
        line("  hypothesis  %s", pair.second());
    }

    private String name(TextExample pair) {
        return task.labels().get(pair.label());
    }

    private void line(String format, Object... arguments) {
        out.printf(Locale.ROOT, format + "%n", arguments);
    }
}
