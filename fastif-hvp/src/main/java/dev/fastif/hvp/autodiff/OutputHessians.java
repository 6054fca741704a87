package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.OutputCurvature;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The Hessian of each example's loss by its outputs, one or several arrays [n, ...], column by column. */
final class OutputHessians {
    /** Directions that advance together. */
    private static final int AT_ONCE = 32;

    private final List<INDArray> outputs;
    private final int examples;
    private final double[][][] hessians;

    private OutputHessians(List<INDArray> outputs, int examples) {
        this.outputs = outputs;
        this.examples = examples;
        int size = outputs.stream().mapToInt(this::sizeOf).sum();
        OutputCurvature.requireFew(size);
        this.hessians = new double[examples][size][size];
    }

    /**
     * Forms them.
     *
     * @param outputs each [n, ...] in C order
     * @param products for each list of tangents, one for each output, what the slopes change by along them
     */
    static OutputHessians of(List<INDArray> outputs, int examples, UnaryOperator<List<List<INDArray>>> products) {
        OutputHessians made = new OutputHessians(outputs, examples);
        List<List<INDArray>> units = new ArrayList<>();
        int column = 0;
        for (int output = 0; output < outputs.size(); output++) {
            for (int k = 0; k < made.sizeOf(outputs.get(output)); k++) {
                units.add(made.unit(output, k));
                if (units.size() == AT_ONCE) {
                    column = made.add(column, products.apply(units));
                    units.clear();
                }
            }
        }
        if (!units.isEmpty()) {
            made.add(column, products.apply(units));
        }
        return made;
    }

    /** How many elements of an output an example has. */
    private int sizeOf(INDArray output) {
        return Math.toIntExact(output.length() / examples);
    }

    /** Tangents that are 1 for element k of one output, of every example, and 0 elsewhere. */
    private List<INDArray> unit(int output, int k) {
        List<INDArray> tangents = new ArrayList<>();
        for (int o = 0; o < outputs.size(); o++) {
            INDArray like = outputs.get(o);
            double[] elements = new double[Math.toIntExact(like.length())];
            if (o == output) {
                int size = sizeOf(like);
                for (int i = 0; i < examples; i++) {
                    elements[i * size + k] = 1;
                }
            }
            tangents.add(Elements.array(elements, like.dataType(), like.shape()));
        }
        return tangents;
    }

    private int add(int first, List<List<INDArray>> products) {
        int column = first;
        for (List<INDArray> product : products) {
            int row = 0;
            for (INDArray part : product) {
                double[] elements = Elements.of(part);
                int size = sizeOf(part);
                for (int i = 0; i < examples; i++) {
                    for (int k = 0; k < size; k++) {
                        hessians[i][row + k][column] = elements[i * size + k];
                    }
                }
                row += size;
            }
            column++;
        }
        return column;
    }

    /** Slopes whose outer products add up to them: for each slope an array for each output. */
    List<List<INDArray>> slopes(int most, long... seeds) {
        double rounding = OutputCurvature.rounding(outputs.get(0).dataType());
        return OutputCurvature.slopes(hessians, rounding, most, seeds).stream()
                .map(this::arrays)
                .toList();
    }

    private List<INDArray> arrays(double[]... ofExamples) {
        List<INDArray> arrays = new ArrayList<>();
        int from = 0;
        for (INDArray output : outputs) {
            int start = from;
            int size = sizeOf(output);
            double[] elements = Arrays.stream(ofExamples)
                    .flatMapToDouble(example -> Arrays.stream(example, start, start + size))
                    .toArray();
            arrays.add(Elements.array(elements, output.dataType(), output.shape()));
            from += size;
        }
        return arrays;
    }
}
