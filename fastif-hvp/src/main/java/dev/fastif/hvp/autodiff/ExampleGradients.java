package dev.fastif.hvp.autodiff;

import dev.fastif.core.GradientSink;
import dev.fastif.hvp.autodiff.kernels.Elements;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The gradients of the single examples of a way back: as outer products, of a batch of one also as they are. */
final class ExampleGradients implements Sink {
    private final Graph graph;
    private final int examples;
    private final List<List<Term.Outer>> products = new ArrayList<>();
    private final @Nullable INDArray[] whole;

    /** Thrown where it is not known which of several examples a gradient is of: they have to be taken one by one. */
    static final class NotByExample extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotByExample(Parameter parameter) {
            super(
                    "the gradient of parameter '" + parameter + "' is known for one example at a time",
                    null,
                    false,
                    false);
        }
    }

    ExampleGradients(Graph graph, int examples) {
        this.graph = graph;
        this.examples = examples;
        this.whole = new INDArray[graph.parameters().size()];
        graph.parameters().forEach(parameter -> products.add(new ArrayList<>()));
    }

    @Override
    public void add(Kernels kernels, Parameter parameter, Term... terms) {
        for (Term term : terms) {
            Term.Outer outer = term.ofExamples(examples);
            if (outer == null) {
                term.addTo(of(kernels, parameter), 1, 1);
            } else {
                products.get(parameter.index).add(outer);
            }
        }
    }

    @Override
    public INDArray of(Kernels kernels, Parameter parameter) {
        if (examples > 1) {
            throw new NotByExample(parameter);
        }
        INDArray sum = whole[parameter.index];
        if (sum == null) {
            sum = kernels.zeros(parameter.shape());
            whole[parameter.index] = sum;
        }
        return sum;
    }

    /** Hands over what was told. */
    void tell(Kernels kernels, int first, GradientSink sink) {
        sink.begin(first, examples);
        for (Parameter parameter : graph.parameters()) {
            List<Term.Outer> outer = products.get(parameter.index);
            INDArray sum = whole[parameter.index];
            if (sum != null) {
                long a = parameter.rank() < 2 ? 1 : parameter.size(0);
                INDArray matrix = sum.reshape('c', 1, a, parameter.length() / a);
                outer.forEach(part -> addTo(matrix, part));
                sink.whole(parameter.name(), matrix);
            } else if (!outer.isEmpty()) {
                sink.factored(parameter.name(), joined(outer, Term.Outer::x), joined(outer, Term.Outer::g));
            }
        }
        sink.end();
    }

    private static void addTo(INDArray matrix, Term.Outer part) {
        INDArray x = part.x().reshape('c', part.x().size(1), part.x().size(2));
        INDArray g = part.g().reshape('c', part.g().size(1), part.g().size(2));
        matrix.addi(x.transpose().mmul(g).reshape('c', matrix.shape()));
    }

    /** Of a parameter that several nodes use, the terms of all of them. */
    private static INDArray joined(List<Term.Outer> parts, Function<Term.Outer, INDArray> of) {
        return Elements.dense(
                parts.size() == 1
                        ? of.apply(parts.get(0))
                        : Nd4j.concat(1, parts.stream().map(of).toArray(INDArray[]::new)));
    }
}
