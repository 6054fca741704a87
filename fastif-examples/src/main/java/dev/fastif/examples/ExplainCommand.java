package dev.fastif.examples;

import dev.fastif.core.CurvatureMatrix;
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
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.Lissa;
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
            description = "How many nearest training pairs to score (default: 1000, or all if there are fewer).")
    private @Nullable Integer candidates;

    @Option(
            names = "--index",
            paramLabel = "FACTORY",
            description =
                    "Find the nearest by FAISS: one of its factory strings, for example IVF256,Flat or HNSW32,Flat"
                            + " (default: exactly).")
    private @Nullable String index;

    @Option(
            names = "--solver",
            paramLabel = "NAME",
            defaultValue = "lissa",
            description = "lissa (stochastic, as in the paper) or cg (conjugate gradients on --sample training pairs);"
                    + " default: ${DEFAULT-VALUE}.")
    private Solver solver = Solver.lissa;

    /** The solvers to choose from, spelled as on the command line. */
    @SuppressWarnings("MemberName")
    private enum Solver {
        lissa,
        cg
    }

    @Option(
            names = "--matrix",
            paramLabel = "NAME",
            defaultValue = "HESSIAN",
            description =
                    "The curvature to invert: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, as published).")
    private CurvatureMatrix matrix = CurvatureMatrix.HESSIAN;

    @Option(
            names = "--damping",
            paramLabel = "X",
            defaultValue = "50",
            description = "Damping lambda (default: ${DEFAULT-VALUE}, as published: damp 5e-3 times scale 1e4).")
    private double damping = 50;

    @Option(
            names = "--scale",
            paramLabel = "X",
            defaultValue = "1e4",
            description = "LiSSA's scale sigma (default: ${DEFAULT-VALUE}, as published).")
    private double scale = 1e4;

    @Option(
            names = "--depth",
            paramLabel = "J",
            defaultValue = "1000",
            description = "LiSSA's recursion depth J (default: ${DEFAULT-VALUE}).")
    private int depth = 1000;

    @Option(
            names = "--batch",
            paramLabel = "B",
            defaultValue = "1",
            description = "Training pairs in a step of LiSSA, B (default: ${DEFAULT-VALUE}).")
    private int batch = 1;

    @Option(
            names = "--repeats",
            paramLabel = "T",
            defaultValue = "1",
            description = "Repeats of LiSSA that are averaged, T (default: ${DEFAULT-VALUE}).")
    private int repeats = 1;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "256",
            description = "Training pairs whose Hessian cg inverts (default: ${DEFAULT-VALUE}).")
    private int sample = 256;

    @Mixin
    private final TaskOptions options = new TaskOptions();

    @Override
    public Integer call() {
        // everything that can be wrong with the options, before anything that takes long
        InverseHvp inverseHvp = inverseHvp();
        Preselection preselection = new Preselection(index);
        Check.positive("--top", top);
        NliPair own = ownPair == null ? null : ownPair.pair();
        NliData data = options.readData();
        Check.argument(
                test == null || (test >= 0 && test < data.evaluation().size()),
                "--test is %s: there are evaluation pairs 0 to %d",
                test,
                data.evaluation().size() - 1);
        try (ConsoleProgress progress = new ConsoleProgress();
                NliTask task = options.open(data, progress)) {
            Predictions evaluation = Predictions.of(task.model(), task.evaluationSet());
            TextExample pair = own == null
                    ? task.evaluationPair(test == null ? evaluation.surestMistake() : test)
                    : LabelScheme.THREE_WAY.example(own);
            InfluenceEngine.Builder builder = InfluenceEngine.builder(task.model(), task.trainingSet())
                    .index(preselection)
                    .inverseHvp(inverseHvp)
                    .curvature(matrix)
                    .progress(progress);
            if (candidates != null) {
                builder.candidates(candidates);
            }
            try (InfluenceEngine engine = builder.build()) {
                InfluenceResult result = engine.explain(
                        Query.of(task.testPoint(pair)).withTopK(top).withProgress(progress));
                progress.close();
                new Explanation(spec.commandLine().getOut(), task, data, evaluation, preselection).print(pair, result);
            }
        }
        return 0;
    }

    private InverseHvp inverseHvp() {
        return switch (solver) {
            case lissa ->
                Lissa.builder()
                        .recursionDepth(depth)
                        .batchSize(batch)
                        .repeats(repeats)
                        .damping(damping)
                        .scale(scale)
                        .seed(options.seed())
                        .build();
            case cg ->
                ConjugateGradient.builder()
                        .damping(damping)
                        .examples(sample)
                        .seed(options.seed())
                        .build();
        };
    }
}
