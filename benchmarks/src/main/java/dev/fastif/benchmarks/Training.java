package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.Model;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.digits.DigitNet;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.hvp.autodiff.GraphModel;
import org.nd4j.linalg.dataset.DataSet;

/** A network and how it is trained. All are deterministic: they depend on the examples and on a seed. */
enum Training {
    /** All examples at once until the gradient is all but 0, as the theory of influence functions has it. */
    TO_A_MINIMUM("64-32-10 units, to a minimum: L-BFGS until the gradient's norm is 1e-5") {
        @Override
        Model trained(Batch examples, long seed) {
            GraphModel model = NET.untrained(seed);
            new LimitedMemoryBfgs(1e-5, 20_000).minimise(new Objective(model, examples));
            return model;
        }
    },
    /** Some epochs of AdamW on small batches, as networks are fine-tuned. The gradient is not 0 where it stops. */
    FINE_TUNED("64-32-10 units, fine-tuned: 30 epochs of AdamW, batches of 32, learning rate 0.003") {
        @Override
        Model trained(Batch examples, long seed) {
            GraphModel model = NET.untrained(seed);
            new FineTuning(30, 32, 3e-3, 10, seed).train(model, TrainingSet.of(examples), (done, total) -> {});
            return model;
        }
    },
    /** A network of DL4J, trained by DL4J. */
    DL4J_MLP("DL4J's MLP of 64-32-10 units: 30 epochs of Adam, batches of 32, learning rate 0.005") {
        @Override
        Digits digits() {
            return Digits.of(DigitNet.MLP);
        }

        @Override
        Model trained(Batch examples, long seed) {
            return byDl4j(DigitNet.MLP, examples, seed);
        }
    },
    /** A convolutional network of DL4J, trained by DL4J. */
    DL4J_CNN(
            "DL4J's CNN, a convolution, max pooling, 10 units: 30 epochs of Adam, batches of 32, learning rate 0.005") {
        @Override
        Digits digits() {
            return Digits.of(DigitNet.CNN);
        }

        @Override
        Model trained(Batch examples, long seed) {
            return byDl4j(DigitNet.CNN, examples, seed);
        }
    };

    /** Its weight decay is 5e-4 |theta|^2, as strong as the L2 of 0.001 that DL4J's networks have, but for biases. */
    private static final DigitsNet NET = new DigitsNet(32, 5e-4);

    private final String description;

    Training(String description) {
        this.description = description;
    }

    /** The examples in the form that the network takes. */
    Digits digits() {
        return Digits.read(Digits.FOLDER);
    }

    abstract Model trained(Batch examples, long seed);

    private static Model byDl4j(DigitNet net, Batch examples, long seed) {
        return net.trained(new DataSet(examples.get(Batch.FEATURES), examples.get(Batch.LABELS)), seed);
    }

    @Override
    public String toString() {
        return description;
    }
}
