package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.hvp.autodiff.GraphModel;

/** How a network is trained. Both ways are deterministic: they depend on the initialisation, the examples and a seed. */
enum Training {
    /** All examples at once until the gradient is all but 0, as the theory of influence functions has it. */
    TO_A_MINIMUM("to a minimum: L-BFGS until the gradient's norm is 1e-5") {
        @Override
        void train(GraphModel model, Batch examples, long seed) {
            new LimitedMemoryBfgs(1e-5, 20_000).minimise(new Objective(model, examples));
        }
    },
    /** Some epochs of AdamW on small batches, as networks are fine-tuned. The gradient is not 0 where it stops. */
    FINE_TUNED("fine-tuned: 30 epochs of AdamW, batches of 32, learning rate 0.003") {
        @Override
        void train(GraphModel model, Batch examples, long seed) {
            new FineTuning(30, 32, 3e-3, 10, seed).train(model, TrainingSet.of(examples), (done, total) -> {});
        }
    };

    private final String description;

    Training(String description) {
        this.description = description;
    }

    /** Trains in place. */
    abstract void train(GraphModel model, Batch examples, long seed);

    @Override
    public String toString() {
        return description;
    }
}
