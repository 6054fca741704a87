package dev.fastif.hvp.internal;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Central differences of a library's own gradients and losses, along unit directions. Since some of these gradients are silently wrong,
 * the first one is compared with the slope of the losses. Its copy of the network serves one call at a time.
 */
public final class DifferenceModel implements Model {
    /** Steps where rounding and curvature weigh about the same: the cube roots of the precisions. */
    private static final double FLOAT_STEP = 5e-3;

    private static final double DOUBLE_STEP = 1e-5;

    private final Network.Maker maker;
    private final Network network;
    private final ParameterLayout layout;
    private final INDArray theta;
    private boolean isChecked;

    /** A copy of a user's network, whose parameters can be moved. Not thread-safe. */
    public interface Network {
        /** Makes a copy. */
        interface Maker {
            Network copy();
        }

        /** Whose gradients these are, such as "SameDiff". */
        String library();

        ParameterLayout parameters();

        /** Copies the parameters into {@code theta}, [p]. */
        void read(INDArray theta);

        /** Replaces the parameters by those of {@code theta}, [p]. */
        void write(INDArray theta);

        Regularizer regularizer();

        /** The library's gradient of the mean loss of the batch, [p]. */
        INDArray gradient(Batch batch);

        /** The mean loss of the batch. */
        double mean(Batch batch);

        /** The loss of each example, [n]. */
        INDArray losses(Batch batch);

        /** The outputs [n, c]. */
        INDArray outputs(Batch batch);

        /** What candidates are preselected by, [n, d]. */
        INDArray features(Batch batch);
    }

    /** Takes a copy. */
    public DifferenceModel(Network.Maker maker) {
        this.maker = maker;
        this.network = maker.copy();
        this.layout = network.parameters();
        this.theta = Nd4j.create(layout.dataType(), layout.size());
        network.read(theta);
    }

    @Override
    public ParameterLayout parameters() {
        return layout;
    }

    @Override
    public INDArray parameterValues() {
        return theta.dup();
    }

    @Override
    public Loss loss() {
        return new LossOfModel("the loss of the network");
    }

    @Override
    public Regularizer regularizer() {
        return network.regularizer();
    }

    @Override
    public synchronized INDArray outputs(Batch batch) {
        return network.outputs(batch);
    }

    @Override
    public synchronized INDArray features(Batch batch) {
        return network.features(batch);
    }

    @Override
    public synchronized INDArray losses(Batch batch) {
        return network.losses(batch);
    }

    /** The losses [n] of the batch at other parameters, [p]. */
    public synchronized INDArray lossesAt(INDArray values, Batch batch) {
        try {
            network.write(layout.require("values", values));
            return network.losses(batch);
        } finally {
            network.write(theta);
        }
    }

    /** The mean loss of the batch. */
    public synchronized double mean(Batch batch) {
        return network.mean(batch);
    }

    @Override
    public synchronized INDArray gradient(Batch batch, Measurement measurement) {
        if (!measurement.equals(loss())) {
            throw new UnsupportedOperationException(measurement
                    + " is measured: CurvatureMode.FINITE_DIFFERENCE measures the loss alone, which Query measures if it is"
                    + " not told otherwise");
        }
        INDArray gradient = network.gradient(batch);
        if (!isChecked) {
            requireRight(batch, gradient);
            isChecked = true;
        }
        return gradient;
    }

    /** Compares the gradient with the slope of the losses. */
    private void requireRight(Batch batch, INDArray gradient) {
        Random random = new Random(0);
        INDArray v = Nd4j.create(layout.dataType(), layout.size());
        for (long i = 0; i < v.length(); i++) {
            v.putScalar(i, random.nextGaussian());
        }
        double slope = difference(v, () -> Nd4j.scalar(network.mean(batch))).getDouble(0);
        double own = gradient.mul(v).sumNumber().doubleValue();
        double size = gradient.norm2Number().doubleValue() * v.norm2Number().doubleValue();
        double tolerance = (layout.dataType() == DataType.FLOAT ? 1e-2 : 1e-5) * Math.max(size, 1e-6);
        if (!(Math.abs(slope - own) <= tolerance)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "%s's gradient of this network is wrong: along a direction it says %s where its losses change by %s."
                            + " Its finite differences would be too: use operations that have exact rules (docs/MODELS.md)",
                    network.library(),
                    own,
                    slope));
        }
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return difference(layout.require("vector", vector), () -> gradient(batch));
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        throw new UnsupportedOperationException("finite differences of gradients are those of the Hessian: call"
                + " InfluenceEngine.builder(...).curvature(CurvatureMatrix.HESSIAN), or choose CurvatureMode.EXACT");
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return difference(layout.require("direction", direction), () -> losses(batch));
    }

    private synchronized INDArray difference(INDArray vector, Supplier<INDArray> quantity) {
        double norm = vector.norm2Number().doubleValue();
        if (norm == 0) {
            return quantity.get().muli(0);
        }
        double step = (layout.dataType() == DataType.FLOAT ? FLOAT_STEP : DOUBLE_STEP) / norm;
        try {
            network.write(theta.add(vector.mul(step)));
            INDArray up = quantity.get();
            network.write(theta.sub(vector.mul(step)));
            return up.subi(quantity.get()).divi(2 * step);
        } finally {
            network.write(theta);
        }
    }

    @Override
    public DifferenceModel replicate() {
        return new DifferenceModel(maker);
    }
}
