package dev.fastif.hvp;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.Progress;
import dev.fastif.core.Recurrence;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.InputModels.Kind;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gives arrays of every type and layout to every kind of model, in a JVM of its own: what is read by its address as another type, or
 * was freed, can end it. Each answer must be that to the same numbers in the model's type. Vectors may be refused; what
 * cannot be read must be. A refusal names the array.
 */
final class InputTypeProbe {
    private static final List<DataType> TYPES = Arrays.stream(DataType.values())
            .filter(type -> type.isNumerical() || type == DataType.BOOL)
            .toList();

    private static final List<DataType> FEW =
            List.of(DataType.FLOAT, DataType.DOUBLE, DataType.INT64, DataType.UINT8, DataType.BOOL);

    /** Whether to try all combinations, by {@code -Dfastif.types=all}; else some of them. */
    private static final boolean IS_WHOLE = "all".equals(System.getProperty("fastif.types"));

    /** More than any of the models has outputs for its batch. */
    private static final int OUTPUTS = 1000;

    private final List<String> failures = new ArrayList<>();
    private int asked;

    private InputTypeProbe() {}

    public static void main(String[] args) {
        InputTypeProbe probe = new InputTypeProbe();
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            for (Kind kind : InputModels.all(type)) {
                switch (args[0]) {
                    case "batches" -> probe.batches(kind);
                    case "vectors" -> probe.vectors(kind);
                    default -> throw new IllegalArgumentException(args[0]);
                }
            }
        }
        probe.failures.stream().limit(40).forEach(System.out::println);
        System.out.println(
                probe.failures.isEmpty()
                        ? "all " + probe.asked + " held"
                        : probe.failures.size() + " of " + probe.asked + " failed");
        System.exit(probe.failures.isEmpty() ? 0 : 1);
    }

    /** What is asked of a model about a batch. */
    private static Map<String, Function<Batch, INDArray>> questions(Kind kind) {
        Model model = kind.model();
        INDArray direction = direction(model);
        Map<String, Function<Batch, INDArray>> questions = new LinkedHashMap<>();
        questions.put("gradient", model::gradient);
        questions.put("three steps", batch -> steps(model, batch, direction, direction));
        questions.put("outputs", model::outputs);
        questions.put("features", model::features);
        questions.put("losses", model::losses);
        questions.put("hessianVectorProduct", batch -> model.hessianVectorProduct(batch, direction));
        questions.put("directionalDerivatives", batch -> model.directionalDerivatives(batch, direction));
        if (kind.name().contains("by differences")) {
            questions.remove("three steps");
            questions.remove("outputs");
        } else {
            questions.put("gaussNewtonProducts", batch -> model.gaussNewtonProducts(batch, List.of(direction))
                    .get(0));
        }
        return questions;
    }

    private static INDArray direction(Model model) {
        return Nd4j.ones(model.parameters().dataType(), model.parameters().size())
                .divi(7);
    }

    /** The first one is recorded where that is possible, and the others replayed. */
    private static INDArray steps(Model model, Batch batch, INDArray start, INDArray added) {
        INDArray x = start.dup();
        try (Iteration<Batch> iteration =
                model.iteration(CurvatureMatrix.GAUSS_NEWTON, new Recurrence(List.of(x), 0.9, -0.1, List.of(added)))) {
            for (int i = 0; i < 3; i++) {
                iteration.step(batch);
            }
        }
        return x;
    }

    private void batches(Kind kind) {
        questions(kind).forEach((question, ask) -> {
            for (String input : kind.arrays().keySet()) {
                boolean read = isRead(kind, ask, input);
                for (DataType type : TYPES) {
                    INDArray typed = kind.arrays().get(input).castTo(type);
                    INDArray expected = answer(kind, ask, input, typed.castTo(typeOf(kind)));
                    Layouts.readable().forEach((layout, lying) -> {
                        if (isChosen(question, type, layout)) {
                            String what = kind.name() + ", " + question + ", '" + input + "' " + type + ", " + layout;
                            try (MemoryWorkspace scope = scope(layout)) {
                                INDArray given = lying.apply(typed);
                                compare(what, expected, () -> answer(kind, ask, input, given), null);
                            }
                        }
                    });
                }
                if (read) {
                    Layouts.unreadable()
                            .forEach((way, made) -> refused(
                                    kind.name() + ", " + question + ", '" + input + "' " + way,
                                    "'" + input + "'",
                                    () -> answer(
                                            kind,
                                            ask,
                                            input,
                                            made.apply(kind.arrays().get(input)))));
                }
            }
        });
    }

    /** One question in all types; in other layouts, and for other questions, one type of each width and sign that was misread. */
    private static boolean isChosen(String question, DataType type, String layout) {
        boolean isThorough = question.equals("gradient") || question.equals("three steps");
        return IS_WHOLE
                || (layout.equals("dense")
                        ? question.equals("gradient") || FEW.contains(type)
                        : isThorough && FEW.contains(type));
    }

    /** Whether a question depends on an array at all: features do not on labels. */
    private static boolean isRead(Kind kind, Function<Batch, INDArray> ask, String input) {
        Map<String, INDArray> others = new LinkedHashMap<>(kind.arrays());
        others.remove(input);
        try {
            var unused = ask.apply(Batch.of(others));
            return false;
        } catch (RuntimeException e) {
            return true;
        }
    }

    private static DataType typeOf(Kind kind) {
        return kind.model().parameters().dataType();
    }

    private static INDArray answer(Kind kind, Function<Batch, INDArray> ask, String input, INDArray given) {
        Map<String, INDArray> arrays = new LinkedHashMap<>(kind.arrays());
        arrays.put(input, given);
        return ask.apply(Batch.of(arrays));
    }

    private static MemoryWorkspace scope(String layout) {
        return layout.equals("in a workspace")
                ? Layouts.openWorkspace()
                : Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
    }

    private interface Answer {
        INDArray get();
    }

    /** An answer is the expected one; if there is a name, it may also be a refusal that has it. */
    private void compare(String what, INDArray expected, Answer answer, @Nullable String name) {
        asked++;
        try {
            INDArray found = answer.get();
            double error = found.castTo(DataType.DOUBLE)
                    .sub(expected.castTo(DataType.DOUBLE))
                    .norm2Number()
                    .doubleValue();
            double size = expected.norm2Number().doubleValue();
            double tolerance = expected.dataType() == DataType.FLOAT ? 1e-5 : 1e-12;
            if (found.dataType() != expected.dataType() || !(error <= tolerance * size)) {
                failures.add(what + ": error " + error + " of " + size + ", type " + found.dataType());
            }
        } catch (IllegalArgumentException e) {
            if (name == null || !String.valueOf(e.getMessage()).contains(name)) {
                failures.add(what + ": " + e.getMessage());
            }
        } catch (RuntimeException e) {
            failures.add(what + ": " + e);
        }
    }

    private void refused(String what, String name, Answer answer) {
        asked++;
        try {
            answer.get();
            failures.add(what + ": went through");
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.contains(name)) {
                failures.add(what + ": " + message);
            }
        } catch (RuntimeException e) {
            failures.add(what + ": " + e);
        }
    }

    /** What takes a vector [p], by the name that the vector has in messages. */
    private static Map<String, UnaryOperator<INDArray>> vectorQuestions(Kind kind) {
        Model model = kind.model();
        Batch batch = Batch.of(kind.arrays());
        INDArray direction = direction(model);
        Map<String, UnaryOperator<INDArray>> questions = new LinkedHashMap<>();
        questions.put("vector of hessianVectorProduct", v -> model.hessianVectorProduct(batch, v));
        questions.put("direction", v -> model.directionalDerivatives(batch, v));
        if (kind.name().contains("by differences")) {
            return questions;
        }
        questions.put("vector of gaussNewtonProducts", v -> model.gaussNewtonProducts(batch, List.of(v))
                .get(0));
        questions.put("vector of iteration", v -> {
            try (Iteration<Batch> iteration = model.iteration(
                    CurvatureMatrix.GAUSS_NEWTON, new Recurrence(List.of(v), 0.9, -0.1, List.of(direction)))) {
                iteration.step(batch);
                iteration.step(batch);
            }
            return v;
        });
        questions.put("added of iteration", v -> steps(model, batch, direction, v));
        questions.put("gradient of a measurement", v -> measured(model, batch, v));
        solvers(kind, questions);
        if (model instanceof GraphModel graph) {
            questions.put("values", v -> {
                GraphModel copy = graph.replicate();
                copy.setParameterValues(v);
                return copy.gradient(batch);
            });
        }
        return questions;
    }

    private static void solvers(Kind kind, Map<String, UnaryOperator<INDArray>> questions) {
        dev.fastif.core.Curvature curvature = dev.fastif.core.Curvature.of(
                CurvatureMatrix.GAUSS_NEWTON, kind.model(), TrainingSet.of(Batch.of(kind.arrays())));
        questions.put("vector of conjugate gradients", v -> ConjugateGradient.builder()
                .damping(1)
                .build()
                .solve(curvature, v, Progress.none())
                .value());
        questions.put("vector of LiSSA", v -> Lissa.builder()
                .damping(1)
                .scale(20)
                .recursionDepth(3)
                .batchSize(2)
                .repeats(1)
                .build()
                .solve(curvature, v, Progress.none())
                .value());
    }

    /** The gradient of a user's measurement, whose slopes are made of the vector's first numbers. */
    private static INDArray measured(Model model, Batch batch, INDArray v) {
        return model.gradient(batch, new Measurement() {
            @Override
            public INDArray values(INDArray outputs, @Nullable INDArray labels) {
                throw new UnsupportedOperationException();
            }

            @Override
            public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
                return v.wasClosed() || v.dataType() == DataType.UTF8 || v.dataType() == DataType.COMPRESSED
                        ? v
                        : v.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, outputs.length()))
                                .reshape(outputs.shape());
            }

            @Override
            public String toString() {
                return "the user's measurement";
            }
        });
    }

    private void vectors(Kind kind) {
        vectorQuestions(kind).forEach((question, ask) -> {
            String name = question.startsWith("gradient") ? "the user's measurement" : question.split(" ", 2)[0];
            INDArray plain = question.startsWith("gradient")
                    ? Nd4j.ones(typeOf(kind), OUTPUTS)
                    : direction(kind.model()).mul(7);
            for (DataType type : IS_WHOLE || question.contains("hessianVectorProduct") ? TYPES : FEW) {
                INDArray typed = plain.castTo(type);
                INDArray expected = ask.apply(typed.castTo(typeOf(kind)).dup()); // which an iteration writes into
                Layouts.readable().forEach((layout, lying) -> {
                    if (layout.equals("dense") || type == typeOf(kind)) {
                        try (MemoryWorkspace scope = scope(layout)) {
                            INDArray given = lying.apply(typed.dup());
                            compare(
                                    kind.name() + ", " + question + " " + type + ", " + layout,
                                    expected,
                                    () -> ask.apply(given),
                                    name);
                        }
                    }
                });
            }
            Layouts.unreadable()
                    .forEach((way, made) -> refused(
                            kind.name() + ", " + question + " " + way, name, () -> ask.apply(made.apply(plain))));
            for (long[] shape : new long[][] {{plain.length() + 1}, {plain.length(), 1}, {1, plain.length()}, {1}}) {
                if (!question.startsWith("gradient")) {
                    INDArray other = Nd4j.ones(plain.dataType(), shape);
                    refused(kind.name() + ", " + question + Arrays.toString(shape), name, () -> ask.apply(other));
                }
            }
        });
    }
}
