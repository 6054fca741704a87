package dev.fastif.hvp.internal;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.ForwardingModel;
import dev.fastif.core.GradientSink;
import dev.fastif.core.Iteration;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.Recurrence;
import dev.fastif.core.internal.Memory;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A model that was made of a user's network: it completes batches, and makes sure that the network is still the same. What
 * gives as many numbers as there are parameters reads all of them for that, the rest and the products inside of a solve, to
 * which a gradient leads, some.
 */
public final class NetworkModel extends ForwardingModel {
    private final Model model;
    private final Watch watch;
    /** What is made to complete a batch for a graph of ours is gone when it has computed: its results lie elsewhere. */
    public static final Supplier<MemoryWorkspace> FOR_A_GRAPH = Memory::openWorkspace;

    /** The results of the library's own network lie where they are made, which must be in no workspace. */
    public static final Supplier<MemoryWorkspace> FOR_A_NETWORK =
            () -> Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();

    private final UnaryOperator<Batch> completion;
    private final Supplier<MemoryWorkspace> temporaries;

    /**
     * Wraps a model.
     *
     * @param model what was made of the network
     * @param watch over the network's parameters, begun before they were read
     * @param completion from a user's batch to what the model takes
     * @param temporaries where it makes that
     */
    public NetworkModel(
            Model model, Watch watch, UnaryOperator<Batch> completion, Supplier<MemoryWorkspace> temporaries) {
        super(model);
        this.model = model;
        this.watch = watch;
        this.completion = completion;
        this.temporaries = temporaries;
    }

    /** A model of the same network that computes independently of the original. */
    @Override
    public NetworkModel replicate() {
        return new NetworkModel(inspected().replicate(), watch, completion, temporaries);
    }

    private Model inspected() {
        watch.inspect();
        return model;
    }

    private Model glancedAt() {
        watch.glance();
        return model;
    }

    private <T> T completed(Model known, Batch batch, BiFunction<Model, Batch, T> computation) {
        try (MemoryWorkspace scope = temporaries.get()) {
            return computation.apply(known, completion.apply(batch));
        }
    }

    @Override
    public INDArray parameterValues() {
        return inspected().parameterValues();
    }

    @Override
    public INDArray outputs(Batch batch) {
        return completed(glancedAt(), batch, (known, complete) -> known.outputs(complete));
    }

    @Override
    public INDArray features(Batch batch) {
        return completed(glancedAt(), batch, (known, complete) -> known.features(complete));
    }

    @Override
    public INDArray losses(Batch batch) {
        return completed(glancedAt(), batch, (known, complete) -> known.losses(complete));
    }

    @Override
    public INDArray gradient(Batch batch, Measurement measurement) {
        return completed(inspected(), batch, (known, complete) -> known.gradient(complete, measurement));
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return completed(glancedAt(), batch, (known, complete) -> known.hessianVectorProduct(complete, vector));
    }

    @Override
    public List<INDArray> hessianVectorProducts(Batch batch, List<INDArray> vectors) {
        return completed(glancedAt(), batch, (known, complete) -> known.hessianVectorProducts(complete, vectors));
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        return completed(glancedAt(), batch, (known, complete) -> known.gaussNewtonProducts(complete, vectors));
    }

    @Override
    public Iteration<Batch> iteration(CurvatureMatrix matrix, Recurrence recurrence) {
        Iteration<Batch> iteration = glancedAt().iteration(matrix, recurrence);
        return new Iteration<>() {
            @Override
            public double[] step(Batch batch) {
                watch.glance();
                try (MemoryWorkspace scope = temporaries.get()) {
                    return iteration.step(completion.apply(batch));
                }
            }

            @Override
            public void close() {
                iteration.close();
            }
        };
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return completed(glancedAt(), batch, (known, complete) -> known.directionalDerivatives(complete, direction));
    }

    @Override
    public void exampleGradients(Batch batch, Measurement measurement, GradientSink sink) {
        Model known = glancedAt();
        try (MemoryWorkspace scope = temporaries.get()) {
            known.exampleGradients(completion.apply(batch), measurement, sink);
        }
    }

    @Override
    public void curvatureGradients(Batch batch, int most, GradientSink sink, long... seeds) {
        Model known = glancedAt();
        try (MemoryWorkspace scope = temporaries.get()) {
            known.curvatureGradients(completion.apply(batch), most, sink, seeds);
        }
    }
}
