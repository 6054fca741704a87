package dev.fastif.examples;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the examples. */
@Command(
        name = "fastif",
        description = "Influence functions for Java: which training examples made the model say this?",
        subcommands = {
            ExplainCommand.class,
            TrainCommand.class,
            DataCommand.class,
            SolversCommand.class,
            CorrelationCommand.class,
            SpeedCommand.class,
            RecallCommand.class,
            TradeoffCommand.class,
            CorrectCommand.class,
            AugmentCommand.class,
            SimulateCommand.class,
            VisualizeCommand.class,
            RetrainCommand.class,
            MislabelledCommand.class,
            CommandLine.HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        version = "fastif 0.1.0-SNAPSHOT")
public final class Fastif {
    private Fastif() {}

    /** Runs a subcommand and exits: 0 if it succeeded, 2 if its arguments were wrong, 1 if it failed otherwise. */
    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Fastif()).setExecutionExceptionHandler((exception, commandLine, parsed) -> {
            boolean expected = exception instanceof RuntimeException && !(exception instanceof NullPointerException);
            if (expected && System.getenv("FASTIF_DEBUG") == null) {
                commandLine
                        .getErr()
                        .println("fastif: " + Objects.requireNonNullElse(exception.getMessage(), exception.toString()));
            } else {
                exception.printStackTrace(commandLine.getErr());
            }
            return exception instanceof IllegalArgumentException
                    ? CommandLine.ExitCode.USAGE
                    : CommandLine.ExitCode.SOFTWARE;
        });
    }
}
