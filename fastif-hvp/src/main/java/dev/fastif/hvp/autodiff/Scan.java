package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A recurrence: a step applied along time, from a state of zeros. Inputs are {@code sequences} arrays [n, t, ...], then
 * arrays that all steps share; the result is the state after each step, [n, t, s].
 *
 * <p>The step is a graph of its own whose parameters are what it takes: an element of each sequence, the shared arrays, the
 * state before. A graph is differentiated by its parameters, so its passes are the derivatives of the step.
 */
public record Scan(Cell cell, int sequences) implements Operation {
    /** A step. */
    public record Cell(Graph graph, Node next, int stateSize) {
        @Override
        public String toString() {
            return graph.nodes().toString();
        }
    }

    private record Steps(List<Pass> passes) {}

    @Override
    public void forward(Frame f, List<Frame> along) {
        INDArray first = f.input(0);
        INDArray zeros = Nd4j.create(first.dataType(), first.size(0), cell.stateSize);
        List<List<INDArray>> arrays = new ArrayList<>(
                List.of(inputs(f).mapToObj(f::input).map(Elements::dense).toList()));
        along.forEach(direction ->
                arrays.add(inputs(f).mapToObj(i -> tangentOrZero(direction, i)).toList()));
        // of the value, then of the tangents
        List<List<INDArray>> histories =
                arrays.stream().<List<INDArray>>map(each -> new ArrayList<>()).toList();
        List<Pass> passes = new ArrayList<>();
        for (int t = 0; t < length(f); t++) {
            List<ParameterViews> taken = new ArrayList<>();
            for (int i = 0; i < arrays.size(); i++) {
                INDArray before = t == 0 ? zeros : histories.get(i).get(t - 1);
                taken.add(taken(arrays.get(i), t, before));
            }
            Pass pass = new Pass(
                    f.session(),
                    taken.get(0),
                    Batch.of(Map.of("state", zeros)),
                    cell.next,
                    taken.subList(1, taken.size()));
            histories.get(0).add(pass.output());
            for (int i = 0; i < along.size(); i++) {
                histories.get(i + 1).add(pass.outputTangent(i));
            }
            passes.add(pass);
        }
        f.save(new Steps(passes));
        f.setValue(stacked(histories.get(0)));
        for (int i = 0; i < along.size(); i++) {
            along.get(i).setTangent(stacked(histories.get(i + 1)));
        }
    }

    @Override
    public void adjoint(Frame f) {
        Sums sums = new Sums(f);
        INDArray ofStates = Elements.dense(f.adjoint());
        for (int t = (int) length(f) - 1; t >= 0; t--) {
            Map<Node, INDArray> adjoints = Map.of(cell.next, sums.adjoint(ofStates, t));
            f.saved(Steps.class).passes.get(t).backward(WayBack.to(sums.begin(t), adjoints));
            sums.end(t);
        }
        inputs(f).filter(f::isActive).forEach(i -> f.addAdjoint(i, sums.arrays[i]));
    }

    @Override
    public void backward(Frame f, List<Frame> along) {
        Sums sums = new Sums(f);
        List<Sums> tangentSums = along.stream().map(Sums::new).toList();
        INDArray ofStates = Elements.dense(f.adjoint());
        List<INDArray> tangentsOfStates =
                along.stream().map(Frame::adjointTangent).map(Elements::dense).toList();
        for (int step = (int) length(f) - 1; step >= 0; step--) {
            int t = step;
            Pass pass = f.saved(Steps.class).passes.get(t);
            INDArray adjoint = sums.adjoint(ofStates, t);
            List<INDArray> tangents = IntStream.range(0, along.size())
                    .mapToObj(i -> tangentSums.get(i).adjoint(tangentsOfStates.get(i), t))
                    .toList();
            GradientSum gradient = sums.begin(t);
            List<GradientSum> products =
                    tangentSums.stream().map(s -> s.begin(t)).toList();
            pass.backward(WayBack.to(products, cell.next, adjoint, tangents).and(gradient));
            sums.end(t);
            tangentSums.forEach(s -> s.end(t));
        }
        inputs(f).filter(f::isActive).forEach(i -> {
            f.addAdjoint(i, sums.arrays[i]);
            for (int a = 0; a < along.size(); a++) {
                along.get(a).addAdjointTangent(i, tangentSums.get(a).arrays[i]);
            }
        });
    }

    /** What flows back to the inputs, summed up over time, and to the state before. */
    private final class Sums {
        private final INDArray[] arrays;
        private INDArray[] parts = new INDArray[0];
        private @Nullable INDArray ofState;

        Sums(Frame f) {
            arrays = inputs(f).mapToObj(i -> f.input(i).ulike().assign(0)).toArray(INDArray[]::new);
        }

        /** The adjoint of the state after step t. */
        INDArray adjoint(INDArray ofStates, int t) {
            INDArray direct = at(ofStates, t);
            return ofState == null ? direct : direct.add(ofState);
        }

        /** Where step t's share is to be added. */
        GradientSum begin(int t) {
            parts = Arrays.copyOf(arrays, arrays.length + 1);
            for (int i = 0; i < sequences; i++) {
                parts[i] = at(arrays[i], t);
            }
            parts[arrays.length] = Nd4j.create(arrays[0].dataType(), arrays[0].size(0), cell.stateSize);
            return GradientSum.of(ParameterViews.of(cell.graph, parts));
        }

        void end(int t) {
            for (int i = 0; i < sequences; i++) {
                arrays[i].get(time(arrays[i], t)).assign(parts[i]);
            }
            ofState = parts[arrays.length];
        }
    }

    /** What a step takes, as parameters of its graph. */
    private ParameterViews taken(List<INDArray> inputs, int t, INDArray state) {
        INDArray[] all = new INDArray[inputs.size() + 1];
        for (int i = 0; i < inputs.size(); i++) {
            all[i] = i < sequences ? at(inputs.get(i), t) : inputs.get(i);
        }
        all[inputs.size()] = state;
        return ParameterViews.of(cell.graph, all);
    }

    private static INDArray tangentOrZero(Frame f, int i) {
        @Nullable INDArray tangent = f.inputTangent(i);
        return tangent == null ? f.input(i).ulike().assign(0) : Elements.dense(tangent);
    }

    private static IntStream inputs(Frame f) {
        return IntStream.iterate(0, f::hasInput, i -> i + 1);
    }

    private static long length(Frame f) {
        return f.input(0).size(1);
    }

    private static INDArrayIndex[] time(INDArray sequence, int t) {
        INDArrayIndex[] index = NDArrayIndex.allFor(sequence);
        index[1] = NDArrayIndex.point(t);
        return index;
    }

    private static INDArray at(INDArray sequence, int t) {
        return sequence.get(time(sequence, t)).dup('c');
    }

    private static INDArray stacked(List<INDArray> states) {
        return Elements.dense(Nd4j.stack(1, states.toArray(INDArray[]::new)));
    }
}
