package dev.fastif.hvp.samediff;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What is asked of a SameDiff graph. */
final class Source {
    private final SameDiff sd;
    private final Map<String, Set<String>> leaves = new HashMap<>();

    Source(SameDiff sd) {
        this.sd = sd;
    }

    SameDiff graph() {
        return sd;
    }

    @Nullable
    TrainingConfig config() {
        return sd.getTrainingConfig();
    }

    /**
     * What SameDiff trains: its variables of real numbers.
     *
     * @throws IllegalArgumentException if there are none, or if they are not all FLOAT or all DOUBLE
     */
    List<SDVariable> trained() {
        List<SDVariable> trained = sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE
                        && variable.dataType().isFPType())
                .toList();
        if (trained.isEmpty()) {
            throw Refusal.NOTHING_TRAINED.ofGraph();
        }
        DataType type = trained.get(0).dataType();
        for (SDVariable variable : trained) {
            if ((type != DataType.FLOAT && type != DataType.DOUBLE) || variable.dataType() != type) {
                throw Refusal.TYPES.ofGraph(trained.get(0).name(), type, variable.name(), variable.dataType());
            }
        }
        return trained;
    }

    /** The type of what is trained. */
    DataType dataType() {
        return trained().get(0).dataType();
    }

    /**
     * The names of what SameDiff trains: those of the graph if it has any, else those of its TrainingConfig.
     *
     * @throws IllegalArgumentException if there are none
     */
    List<String> losses() {
        TrainingConfig config = config();
        if (config != null && !config.isMinimize()) {
            throw Refusal.MAXIMIZES.ofGraph();
        }
        List<String> named = orNone(sd.getLossVariables());
        List<String> losses = named.isEmpty() && config != null ? orNone(config.getLossVariables()) : named;
        if (losses.isEmpty()) {
            throw Refusal.NO_LOSS.ofGraph();
        }
        losses.forEach(this::variable);
        return losses;
    }

    /**
     * A variable by its name.
     *
     * @throws IllegalArgumentException if there is none
     */
    SDVariable variable(String name) {
        SDVariable variable = sd.getVariable(name);
        if (variable == null) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the graph has no variable '%s': it has %s",
                    name,
                    sd.variableMap().keySet()));
        }
        return variable;
    }

    VariableType type(String name) {
        return variable(name).getVariableType();
    }

    /** What computes a variable; null for parameters, constants and placeholders. */
    @Nullable
    DifferentialFunction op(String variable) {
        return sd.getVariableOutputOp(variable);
    }

    /** The names of the arguments of an operation. */
    static List<String> arguments(DifferentialFunction op) {
        return Arrays.stream(op.args()).map(SDVariable::name).toList();
    }

    /** The value of a constant, or null of what is none. */
    @Nullable
    INDArray constant(String variable) {
        return type(variable) == VariableType.CONSTANT ? variable(variable).getArr() : null;
    }

    /** The value of a parameter or a constant, or null of what is none. */
    @Nullable
    INDArray value(String variable) {
        return type(variable) == VariableType.VARIABLE ? variable(variable).getArr() : constant(variable);
    }

    /** The number of dimensions where it is declared, else {@link Call#UNKNOWN}. */
    int rank(String variable) {
        return switch (type(variable)) {
            case PLACEHOLDER -> {
                long[] shape = variable(variable).placeholderShape();
                yield shape == null ? Call.UNKNOWN : shape.length;
            }
            case CONSTANT, VARIABLE -> variable(variable).getArr().rank();
            default -> Call.UNKNOWN;
        };
    }

    /** The names of the values of an operation. */
    static List<String> outputs(DifferentialFunction op) {
        return List.of(op.outputVariablesNames());
    }

    /** Whether a variable depends on examples. */
    boolean isOfExamples(String variable) {
        return dependsOn(variable, VariableType.PLACEHOLDER);
    }

    /** Whether a variable depends on what is trained. */
    boolean isTrained(String variable) {
        return dependsOn(variable, VariableType.VARIABLE);
    }

    private boolean dependsOn(String variable, VariableType type) {
        return leaves(variable).stream().anyMatch(leaf -> type(leaf) == type);
    }

    boolean dependsOn(String variable, Collection<String> names) {
        return leaves(variable).stream().anyMatch(names::contains);
    }

    /** The parameters, constants and placeholders that a variable depends on. */
    private Set<String> leaves(String variable) {
        Set<String> known = leaves.get(variable);
        if (known != null) {
            return known;
        }
        DifferentialFunction op = op(variable);
        Set<String> found = new LinkedHashSet<>();
        if (op == null) {
            found.add(variable);
        } else {
            arguments(op).forEach(argument -> found.addAll(leaves(argument)));
        }
        leaves.put(variable, found);
        return found;
    }

    /** A placeholder that a variable depends on: it has a row for each example. */
    String examplesOf(String variable) {
        return leaves(variable).stream()
                .filter(leaf -> type(leaf) == VariableType.PLACEHOLDER)
                .findFirst()
                .orElseThrow();
    }

    /** All placeholders. */
    List<SDVariable> placeholders() {
        return sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.PLACEHOLDER)
                .toList();
    }

    /** The values by which a change is found. */
    static List<INDArray> values(SameDiff sd) {
        return sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE
                        || variable.getVariableType() == VariableType.CONSTANT)
                .filter(variable -> variable.dataType().isFPType())
                .map(SDVariable::getArr)
                .toList();
    }

    static List<String> orNone(@Nullable List<String> names) {
        return names == null ? List.of() : names;
    }
}
