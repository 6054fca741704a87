package dev.fastif.hvp.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.ScalarOp;

/**
 * Second derivatives by SameDiff, the independent oracle: the tangent of a graph is written in forward operations, which
 * SameDiff's own reverse mode then differentiates. (It cannot differentiate its gradient graph.)
 */
public final class TangentGraph {
    private final SameDiff sd;
    private final Map<String, SDVariable> tangents = new HashMap<>();

    /** Adds to a graph the tangent {@code tangent} of its scalar {@code loss} along directions {@code d/parameter}. */
    public TangentGraph(SameDiff sd, Map<String, INDArray> direction, String loss) {
        this.sd = sd;
        direction.forEach((name, array) -> tangents.put(name, sd.constant("d/" + name, array)));
        for (SameDiffOp op : new ArrayList<>(sd.getOps().values())) {
            DifferentialFunction f = op.getOp();
            boolean active = Arrays.stream(f.args()).anyMatch(arg -> tangents.containsKey(arg.name()));
            if (active) {
                tangents.put(f.outputVariables()[0].name(), tangent(f, f.args(), f.outputVariables()[0]));
            }
        }
        sd.identity("tangent", require(loss));
        sd.setLossVariables("tangent");
    }

    /** The gradient of the tangent: the Hessian-vector product, by parameter. */
    public Map<String, INDArray> product(String... parameters) {
        return new LinkedHashMap<>(sd.calculateGradients(Map.of(), parameters));
    }

    private SDVariable require(String name) {
        SDVariable tangent = tangents.get(name);
        if (tangent == null) {
            throw new IllegalStateException("no tangent of " + name);
        }
        return tangent;
    }

    private SDVariable tangent(DifferentialFunction f, SDVariable[] x, SDVariable y) {
        SDVariable dx = tangents.get(x[0].name());
        SDVariable dz = x.length > 1 ? tangents.get(x[1].name()) : null;
        return switch (f.opName()) {
            case "add" -> sum(dx, dz);
            case "subtract" -> sum(dx, dz == null ? null : dz.neg());
            case "multiply" -> sum(dx == null ? null : dx.mul(x[1]), dz == null ? null : x[0].mul(dz));
            case "matmul" -> {
                boolean transpose = ((DynamicCustomOp) f).iArgs()[1] == 1;
                yield sum(
                        dx == null ? null : sd.mmul(dx, x[1], false, transpose, false),
                        dz == null ? null : sd.mmul(x[0], dz, false, transpose, false));
            }
            default -> ofOne(f, x[0], sum(dx, null), y);
        };
    }

    private SDVariable ofOne(DifferentialFunction f, SDVariable x, SDVariable dx, SDVariable y) {
        return switch (f.opName()) {
            case "add_scalar" -> dx;
            case "mul_scalar" -> dx.mul(((ScalarOp) f).scalar().getDouble(0));
            case "neg" -> dx.neg();
            case "pow" -> {
                double exponent = ((ScalarOp) f).scalar().getDouble(0);
                yield dx.mul(sd.math().pow(x, exponent - 1).mul(exponent));
            }
            case "tanh" -> dx.mul(y.mul(y).rsub(1.0));
            case "sigmoid" -> dx.mul(y.mul(y.rsub(1.0)));
            case "softplus" -> dx.mul(sd.nn().sigmoid(x));
            case "erf" -> dx.mul(sd.math().exp(x.mul(x).neg()).mul(2 / Math.sqrt(Math.PI)));
            case "softmax" -> {
                SDVariable weighted = y.mul(dx);
                // the last dimension by its number: with -1 the sum came out wrong
                yield weighted.sub(y.mul(sd.sum(weighted, true, y.eval().rank() - 1)));
            }
            case "log_softmax" -> dx.sub(sd.sum(sd.math().exp(y).mul(dx), true, 1));
            case "reduce_mean" -> sd.mean(dx, ((BaseReduceOp) f).isKeepDims(), dimensions(f));
            case "reduce_sum" -> sd.sum(dx, ((BaseReduceOp) f).isKeepDims(), dimensions(f));
            case "reshape" -> sd.reshape(dx, y.eval().shape());
            case "permute" ->
                sd.permute(
                        dx,
                        Arrays.stream(((DynamicCustomOp) f).iArgs())
                                .mapToInt(Math::toIntExact)
                                .toArray());
            default -> throw new IllegalStateException("no tangent of operation " + f.opName());
        };
    }

    private static int[] dimensions(DifferentialFunction f) {
        return ((BaseReduceOp) f).dimensions().toIntVector();
    }

    private static SDVariable sum(@Nullable SDVariable a, @Nullable SDVariable b) {
        if (a != null && b != null) {
            return a.add(b);
        }
        return Objects.requireNonNull(a == null ? b : a, "neither argument has a tangent");
    }
}
