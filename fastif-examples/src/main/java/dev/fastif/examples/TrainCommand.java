package dev.fastif.examples;

import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.study.Predictions;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fastif train}: fine-tunes the classifier and reports its accuracy. */
@Command(
        name = "train",
        description =
                "Fine-tunes an encoder's last two layers for natural language inference and reports the accuracy.",
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private final TaskOptions options = new TaskOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        NliData data = options.readData();
        try (ConsoleProgress progress = new ConsoleProgress();
                NliTask task = options.open(data, progress)) {
            out.printf(
                    Locale.ROOT,
                    "%s: %,d training pairs%n",
                    data.description(),
                    data.training().size());
            out.printf(
                    Locale.ROOT,
                    "%,d trainable parameters%n",
                    task.model().parameters().size());
            out.println(Predictions.of(task.model(), task.evaluationSet()));
        }
        return 0;
    }
}
