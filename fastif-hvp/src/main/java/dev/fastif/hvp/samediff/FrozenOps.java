package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Operations on what does not depend on parameters, such as labels and masks: ND4J evaluates them itself. */
final class FrozenOps {
    private static final Set<String> SUPPORTED = Set.of(
            "add",
            "argmax",
            "argmin",
            "boolean_and",
            "boolean_not",
            "boolean_or",
            "cast",
            "equals",
            "floordiv",
            "floormod",
            "gather",
            "greater",
            "greater_equal",
            "less",
            "less_equal",
            "multiply",
            "not_equals",
            "onehot",
            "ones_as",
            "sequence_mask",
            "subtract",
            "zeroslike");

    private FrozenOps() {}

    static Set<String> supported() {
        return new TreeSet<>(SUPPORTED);
    }

    static boolean isSupported(DifferentialFunction op) {
        return op instanceof DynamicCustomOp && SUPPORTED.contains(op.opName());
    }

    static Node evaluate(Call c) {
        DynamicCustomOp op = (DynamicCustomOp) c.op();
        // of whole numbers a graph's parameters would be real ones
        List<@Nullable INDArray> constants = new ArrayList<>();
        List<Node> others = new ArrayList<>();
        List<DataType> types = new ArrayList<>(); // what comes from a batch is real in our graph
        for (int i = 0; c.has(i); i++) {
            INDArray constant = c.constantOrNull(i);
            constants.add(constant);
            if (constant == null) {
                others.add(c.in(i));
                types.add(op.args()[i].dataType());
            }
        }
        DataType type =
                c.source().variable(c.op().outputVariablesNames()[c.output()]).dataType();
        DataType real = c.source().dataType();
        return c.ops().evaluate(op.opName(), others, given -> {
            List<INDArray> arrays = new ArrayList<>();
            int next = 0;
            for (INDArray constant : constants) {
                if (constant == null) {
                    DataType declared = types.get(next);
                    arrays.add(given.get(next).castTo(declared.isFPType() ? real : declared));
                    next++;
                } else {
                    arrays.add(constant);
                }
            }
            return Nd4j.exec(copy(op, arrays))[c.output()].castTo(type.isFPType() ? real : type);
        });
    }

    /** The operation on other arrays; that of the graph is nobody's to change. */
    private static DynamicCustomOp copy(DynamicCustomOp op, List<INDArray> arrays) {
        DynamicCustomOp copy = new DynamicCustomOp(
                op.opName(),
                arrays.toArray(INDArray[]::new),
                null,
                Arrays.stream(op.tArgs()).boxed().toList(),
                new ArrayList<>());
        copy.addIArgument(op.iArgs());
        copy.addBArgument(op.bArgs());
        copy.addDArgument(op.dArgs());
        return copy;
    }
}
