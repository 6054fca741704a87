package dev.fastif.examples;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Query;
import dev.fastif.core.internal.Check;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliLabel;
import dev.fastif.examples.nli.NliPair;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.TextExample;
import dev.fastif.examples.study.Predictions;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fastif explain}: which training pairs helped and which harmed one prediction. */
@Command(
        name = "explain",
        description = {
            "Explains one prediction of an NLI classifier by the training pairs that most helped and most harmed it.",
            "Without --test or --premise it explains the evaluation pair that the model is most wrongly sure of."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExplainCommand implements Callable<Integer> {
    private static final String ALL = "all";
    private static final int STANDARD = 1000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--test", paramLabel = "N", description = "Explain the evaluation pair at this position, from 0.")
    private @Nullable Integer test;

    @ArgGroup(exclusive = false)
    private @Nullable OwnPair ownPair;

    private static final class OwnPair {
        @Option(names = "--premise", required = true, description = "Explain a pair of your own: its premise,")
        private String premise = "";

        @Option(names = "--hypothesis", required = true, description = "its hypothesis,")
        private String hypothesis = "";

        @Option(
                names = "--label",
                required = true,
                description = "and its true label: entailment, neutral or contradiction.")
        private String label = "";

        private NliPair pair() {
            return new NliPair("your own", premise, hypothesis, NliLabel.parse(label), null);
        }
    }

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many helpful and harmful pairs to print (default: ${DEFAULT-VALUE}).")
    private int top = 3;

    @Option(
            names = "--candidates",
            paramLabel = "K",
            description =
                    "How many nearest training pairs to score, or the word all (default: 1000, or all if there are"
                            + " fewer).")
    private @Nullable String candidates;

    @Option(
            names = "--index",
            paramLabel = "FACTORY",
            description =
                    "Find the nearest by FAISS: one of its factory strings, for example IVF256,Flat or HNSW32,Flat"
                            + " (default: exactly).")
    private @Nullable String index;

    @Mixin
    private final SolverOptions solver = new SolverOptions();

    @Mixin
    private final TaskOptions options = new TaskOptions();

    /** How many of so many training pairs are scored. */
    private int scored(int all) {
        if (candidates == null) {
            return Math.min(STANDARD, all);
        }
        int count = candidates.equals(ALL) ? all : candidates.matches("[0-9]{1,9}") ? Integer.parseInt(candidates) : 0;
        Check.argument(
                count >= 1 && count <= all, "--candidates is %s: it must be from 1 to %d, or all", candidates, all);
        return count;
    }

    @Override
    public Integer call() {
        // everything that can be wrong with the options, before anything that takes long
        Preselection preselection = new Preselection(index);
        Check.positive("--top", top);
        NliPair own = ownPair == null ? null : ownPair.pair();
        NliData data = options.readData();
        InverseHvp inverseHvp = solver.solver(
                SolverOptions.Standard.EXPLANATION, data.training().size(), options.seed());
        int k = scored(data.training().size());
        Check.argument(
                test == null || (test >= 0 && test < data.evaluation().size()),
                "--test is %s: there are evaluation pairs 0 to %d",
                test,
                data.evaluation().size() - 1);
        try (PeakMemory memory = PeakMemory.watch();
                ConsoleProgress progress = new ConsoleProgress();
                NliTask task = options.open(data, progress)) {
            Predictions evaluation = Predictions.of(task.model(), task.evaluationSet());
            TextExample pair = own == null
                    ? task.evaluationPair(test == null ? evaluation.surestMistake() : test)
                    : LabelScheme.THREE_WAY.example(own);
            InfluenceEngine.Builder builder = InfluenceEngine.builder(task.model(), task.trainingSet())
                    .inverseHvp(inverseHvp)
                    .curvature(solver.matrix())
                    .candidates(k);
            try (CandidateIndex index = preselection.index(task, progress);
                    InfluenceEngine engine = builder.index(index).build()) {
                InfluenceResult result = engine.explain(
                        Query.of(task.testPoint(pair)).withTopK(top).withProgress(progress));
                progress.close();
                new Explanation(spec.commandLine().getOut(), task, data, evaluation, preselection).print(pair, result);
                memory.report().ifPresent(spec.commandLine().getOut()::println);
            }
        }
        return 0;
    }
}
