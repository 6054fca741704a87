package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Model;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.Stage;
import dev.fastif.core.Sweep;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.bert.PairTokenizer;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliData;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.FittedSolver;
import dev.fastif.hvp.index.CurvatureFit;
import dev.fastif.hvp.index.InfluenceIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How good influences by an index are, on MultiNLI: {@code dev.fastif.benchmarks.IndexQuality DATA WORK DAMPING QUESTIONS EXAMPLES
 * TOLERANCE K...}. The truth are solutions by conjugate gradients on so many examples, to this residual, with all training pairs
 * scored exactly. Half of the questions are of pairs that the model has wrong.
 */
final class IndexQuality {
    private final Model model;
    private final TrainingSet trainingSet;
    private final DeviceGroup devices = DeviceGroup.available();

    private IndexQuality(Model model, TrainingSet trainingSet) {
        this.model = model;
        this.trainingSet = trainingSet;
    }

    /** Prints times and the table. */
    public static void main(String[] args) {
        double damping = Double.parseDouble(args[2]);
        int[] ks = Arrays.stream(args).skip(6).mapToInt(Integer::parseInt).toArray();
        NliData data = NliData.mnli(Path.of(args[0]));
        NliTask.Settings settings = new NliTask.Settings(PairTokenizer.DEFAULT_MAX_LENGTH, 0);
        try (NliTask task =
                NliTask.open(data.texts(LabelScheme.THREE_WAY), Path.of(args[1]), settings, Progress.none())) {
            task.fineTune(new FineTuning(3, 32, 3e-4, 50, 0), (done, total) -> {});
            List<Batch> questions = questions(task, Integer.parseInt(args[3]));
            new IndexQuality(task.model(), task.trainingSet())
                    .run(damping, questions, Integer.parseInt(args[4]), Double.parseDouble(args[5]), ks);
        }
    }

    private static List<Batch> questions(NliTask task, int count) {
        List<Integer> order = new ArrayList<>(
                IntStream.range(0, task.evaluationSet().size()).boxed().toList());
        Collections.shuffle(order, new Random(1));
        List<Batch> right = new ArrayList<>();
        List<Batch> wrong = new ArrayList<>();
        for (int id : order) {
            Batch point = task.evaluationSet().batch(id);
            boolean isRight = task.model().outputs(point).argMax(1).getInt(0)
                    == point.get(Batch.LABELS).getInt(0);
            List<Batch> kind = isRight ? right : wrong;
            if (kind.size() < (isRight ? count - count / 2 : count / 2)) {
                kind.add(point);
            }
        }
        right.addAll(wrong);
        return right;
    }

    private void run(double damping, List<Batch> questions, int examples, double tolerance, int... ks) {
        int most = Arrays.stream(ks).max().orElseThrow();
        long start = System.nanoTime();
        CurvatureFit fit = CurvatureFit.builder(model, trainingSet)
                .coordinates(most)
                .progress(times(start))
                .fit();
        since("fit", start);
        System.out.printf(
                Locale.ROOT,
                "mean eigenvalue %.4g, effective dimension %.1f at %s, %.1f at %s%n",
                fit.meanEigenvalue(),
                fit.effectiveDimension(damping),
                damping,
                fit.effectiveDimension(damping / 10),
                damping / 10);
        start = System.nanoTime();
        InfluenceIndex index = InfluenceIndex.of(fit, model, trainingSet, devices, Progress.none());
        since("index of " + index.size(), start);

        List<INDArray> gradients = questions.stream().map(model::gradient).toList();
        Curvature curvature = Curvature.of(CurvatureMatrix.GAUSS_NEWTON, model, trainingSet);
        Map<String, double[][]> scores = new LinkedHashMap<>();
        scores.put("product of gradients", influences(gradients));
        scores.put(
                "EK-FAC",
                solved(
                        curvature,
                        gradients,
                        FittedSolver.ekfac(fit).damping(damping).tolerance(1e9).build()));
        for (int k : ks) {
            try (InfluenceIndex fewer = index.withCoordinates(k)) {
                fewer.influences(questions.get(0), model.loss(), damping);
                start = System.nanoTime();
                scores.put(
                        "index, K = " + k,
                        questions.stream()
                                .map(question -> fewer.influences(question, model.loss(), damping)[0])
                                .toArray(double[][]::new));
                since(questions.size() + " questions, K = " + k, start);
            }
        }
        scores.put(
                "joint, all parameters",
                solved(
                        curvature,
                        gradients,
                        FittedSolver.builder(fit)
                                .damping(damping)
                                .tolerance(1e9)
                                .build()));
        start = System.nanoTime();
        double[][] truth = solved(
                curvature,
                gradients,
                ConjugateGradient.builder()
                        .damping(damping)
                        .examples(examples)
                        .tolerance(tolerance)
                        .preconditionedBy(fit)
                        .build());
        since("truth", start);
        print(scores, truth);
    }

    private static void since(String what, long start) {
        System.out.printf(Locale.ROOT, "%s: %.1f s%n", what, (System.nanoTime() - start) / 1e9);
    }

    private static Progress times(long start) {
        return (stage, done, total) -> {
            if (done == 0 || done == total) {
                since(stage + " " + done + "/" + total, start);
            }
        };
    }

    private double[][] solved(Curvature curvature, List<INDArray> gradients, InverseHvp solver) {
        List<Solution> solutions = solver.solveAll(curvature, gradients, Progress.none());
        solutions.forEach(solution -> System.out.println(solution.report()));
        return influences(solutions.stream().map(Solution::value).toList());
    }

    /** The exact influences of all training examples for each solution. */
    private double[][] influences(List<INDArray> solutions) {
        double[][] influences = new double[solutions.size()][trainingSet.size()];
        int[] all = IntStream.range(0, trainingSet.size()).toArray();
        Sweep.of(model, trainingSet, devices)
                .over(
                        all,
                        Stage.SCORING,
                        Progress.none(),
                        (replica, batch, ids) -> solutions.stream()
                                .map(s ->
                                        replica.directionalDerivatives(batch, s).toDoubleVector())
                                .toList(),
                        (ids, derivatives) -> {
                            for (int q = 0; q < derivatives.size(); q++) {
                                for (int i = 0; i < ids.length; i++) {
                                    influences[q][ids[i]] = -derivatives.get(q)[i];
                                }
                            }
                        });
        return influences;
    }

    private static void print(Map<String, double[][]> scores, double[][] truth) {
        System.out.println("| scores by | Pearson | Spearman | top 10 in 100 | top 10 in 1,000 | top 100 in 1,000 |");
        System.out.println("|---|---|---|---|---|---|");
        scores.forEach((name, of) -> {
            double[] sums = new double[5];
            for (int q = 0; q < truth.length; q++) {
                sums[0] += new PearsonsCorrelation().correlation(of[q], truth[q]);
                sums[1] += new SpearmansCorrelation().correlation(of[q], truth[q]);
                sums[2] += recall(of[q], truth[q], 10, 100);
                sums[3] += recall(of[q], truth[q], 10, 1000);
                sums[4] += recall(of[q], truth[q], 100, 1000);
            }
            StringBuilder row = new StringBuilder("| ").append(name);
            Arrays.stream(sums).forEach(sum -> row.append(String.format(Locale.ROOT, " | %.4f", sum / truth.length)));
            System.out.println(row.append(" |"));
        });
    }

    /** The share of the m most helpful, and of the m most harmful, that are among the best k / 2 of each by the scores. */
    private static double recall(double[] scores, double[] truth, int m, int k) {
        double sum = 0;
        for (int sign : new int[] {1, -1}) {
            Set<Integer> found = new HashSet<>(best(scores, sign, k / 2));
            found.retainAll(best(truth, sign, m));
            sum += (double) found.size() / m;
        }
        return sum / 2;
    }

    private static List<Integer> best(double[] scores, int sign, int count) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -sign * scores[i]))
                .limit(count)
                .toList();
    }
}
