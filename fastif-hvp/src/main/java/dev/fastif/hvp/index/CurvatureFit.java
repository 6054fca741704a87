package dev.fastif.hvp.index;

import dev.fastif.core.Batch;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.internal.AlignedVector;
import dev.fastif.hvp.internal.Cholesky;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The curvature of a training objective, fitted once: for each matrix of parameters orthonormal bases of its rows and columns, the
 * mean squares of the gradients' coordinates in them (as EK-FAC has them, George et al. 2018), and of the K coordinates of the largest
 * mean squares the Gauss-Newton matrix, that of all layers together. What is left out counts as independent of everything else.
 *
 * <p>The bases are the eigenvectors of the mean of {@code G G^T} and of {@code G^T G}, with G gradients whose outer products are the
 * Gauss-Newton matrix in expectation. K coordinates are as good as all if K is several times {@link #effectiveDimension}.
 *
 * <p>Immutable and thread-safe. It is of the parameters that the model had.
 */
public final class CurvatureFit {
    private final ParameterLayout layout;
    private final List<Basis> bases;
    private final List<double[]> squares;
    private final double[] penalties;
    private final Coordinates coordinates;
    private final Map<String, CoordinateRows.Sides> sides;
    private final JointCurvature curvature;

    /**
     * What has been fitted.
     *
     * @param squares of each block the mean squares of its coordinates, row by row
     * @param penalties of each block, the regularizer's curvature
     */
    CurvatureFit(
            ParameterLayout layout,
            List<Basis> bases,
            List<double[]> squares,
            double[] penalties,
            Coordinates coordinates,
            JointCurvature curvature) {
        this.layout = layout;
        this.bases = List.copyOf(bases);
        this.squares = List.copyOf(squares);
        this.penalties = penalties.clone();
        this.coordinates = coordinates;
        this.sides = CoordinateRows.sides(coordinates);
        this.curvature = curvature;
    }

    /** Starts with the defaults named at each option. */
    public static Builder builder(Model model, TrainingSet trainingSet) {
        return new Builder(model, trainingSet);
    }

    /**
     * This fit with fewer coordinates, those of the largest mean squares: what a fit of that many would have been.
     *
     * @param count from 1 to {@link #coordinates()}
     */
    public CurvatureFit withCoordinates(int count) {
        Check.argument(
                count >= 1 && count <= coordinates.size(),
                "count is %d: it must be from 1 to the %d coordinates of this fit",
                count,
                coordinates.size());
        Coordinates fewer = Coordinates.largest(bases, squares, count);
        JointCurvature part = curvature.at(fewer.positionsIn(coordinates));
        return new CurvatureFit(layout, bases, squares, penalties, fewer, part);
    }

    /** For each coordinate its position among those of a fit that this one was made of. */
    int[] positionsIn(CurvatureFit other) {
        return coordinates.positionsIn(other.coordinates);
    }

    /** K, the number of coordinates. */
    public int coordinates() {
        return coordinates.size();
    }

    /** The number p of parameters. */
    public long parameters() {
        return layout.size();
    }

    /** The mean eigenvalue of the curvature in the coordinates: a unit for dampings. */
    public double meanEigenvalue() {
        return curvature.meanEigenvalue();
    }

    /**
     * How many directions the data decide against this damping: the sum of {@code e / (e + damping)} over the eigenvalues e of the
     * curvature in the coordinates.
     *
     * @param damping above 0
     */
    public double effectiveDimension(double damping) {
        return inverse(damping).effectiveDimension();
    }

    /** The damping that is taken where none is given: a thousandth of the largest eigenvalue, as other solvers take. */
    public double defaultDamping() {
        return curvature.largestEigenvalue() / 1000;
    }

    /**
     * The inverse of the curvature with this damping; factoring takes K^3 / 3 operations.
     *
     * @throws dev.fastif.core.SolveFailedException if it is not positive definite
     */
    public Inverse inverse(double damping) {
        Check.notNegative("damping", damping);
        return new Inverse(damping, curvature.damped(damping, () -> {}));
    }

    /** The coordinates of the gradients of a quantity of each example, one row of K each. */
    List<double[]> rows(Model model, Batch batch, Measurement measurement) {
        CoordinateRows rows = new CoordinateRows(coordinates.size(), sides, batch.size());
        model.exampleGradients(batch, measurement, rows);
        return rows.rows().stream().map(all -> all.get(0)).toList();
    }

    /** {@code (curvature + damping I)^-1}, in coordinates and of all parameters. Thread-safe. */
    public final class Inverse {
        private final double damping;
        private final Cholesky factor;

        private Inverse(double damping, Cholesky factor) {
            this.damping = damping;
            this.factor = factor;
        }

        /** {@code (C + damping I)^-1 c}. */
        double[] solve(double... c) {
            return factor.solve(c);
        }

        /** The Cholesky factor of {@code C + damping I}. */
        Cholesky factor() {
            return factor;
        }

        double effectiveDimension() {
            // e / (e + d) = 1 - d / (e + d), and the trace of the inverse is the sum of squares of L^-1
            double trace = 0;
            for (double[] row : factor.inverseFactor()) {
                for (double x : row) {
                    trace += x * x;
                }
            }
            return coordinates.size() - damping * trace;
        }

        /**
         * Applied to a vector of all parameters, jointly in the coordinates and by each mean square alone outside of them.
         *
         * @param vector [p]; not modified
         * @return a fresh array [p]
         */
        public INDArray apply(INDArray vector) {
            List<double[]> rotated = rotated(vector);
            double[] kept = new double[coordinates.size()];
            coordinates.blocks().forEach(block -> block.take(rotated.get(block.number()), kept));
            divide(rotated);
            double[] solved = factor.solve(kept);
            coordinates.blocks().forEach(block -> block.put(solved, rotated.get(block.number())));
            return lifted(rotated);
        }

        /**
         * Applied by each mean square alone, in all coordinates, those that were kept too: EK-FAC.
         *
         * @param vector [p]; not modified
         * @return a fresh array [p]
         */
        public INDArray applyAlone(INDArray vector) {
            List<double[]> rotated = rotated(vector);
            divide(rotated);
            return lifted(rotated);
        }

        private void divide(List<double[]> rotated) {
            for (int b = 0; b < bases.size(); b++) {
                double[] own = rotated.get(b);
                double[] means = squares.get(b);
                for (int i = 0; i < own.length; i++) {
                    own[i] /= means[i] + penalties[b] + damping;
                }
            }
        }
    }

    /** {@code U^T G V} of each block of a vector [p], row by row. */
    private List<double[]> rotated(INDArray vector) {
        layout.require("vector", vector);
        List<double[]> rotated = new ArrayList<>();
        for (Basis basis : bases) {
            Block block = basis.block();
            INDArray gradient = layout.view(vector, block.name()).reshape('c', block.rows(), block.columns());
            rotated.add(Matrices.elements(basis.coordinates(gradient)));
        }
        return rotated;
    }

    /** The vector [p] of blocks {@code U Y V^T}. */
    private INDArray lifted(List<double[]> rotated) {
        INDArray vector = AlignedVector.of(layout.dataType(), layout.size()).vector();
        for (int b = 0; b < bases.size(); b++) {
            Block block = bases.get(b).block();
            INDArray y = Nd4j.createFromArray(rotated.get(b))
                    .castTo(layout.dataType())
                    .reshape('c', block.rows(), block.columns());
            INDArray part = layout.view(vector, block.name());
            part.assign(bases.get(b).lifted(y).reshape('c', part.shape()));
        }
        return vector;
    }

    /** Options of a fit. Not thread-safe. */
    public static final class Builder {
        final Model model;
        final TrainingSet trainingSet;

        @Nullable
        Integer coordinates;

        int basisExamples = 4096;
        int squareExamples = 2048;
        int curvatureExamples = 8192;
        int slopes = 16;
        long seed;
        DeviceGroup devices = DeviceGroup.available();
        Progress progress = Progress.none();

        private Builder(Model model, TrainingSet trainingSet) {
            this.model = model;
            this.trainingSet = trainingSet;
        }

        /** K, the number of coordinates, at least 1. Default: 1,024, or all if the model has fewer parameters. */
        public Builder coordinates(int value) {
            coordinates = Check.positive("coordinates", value);
            return this;
        }

        /** Examples, drawn by the seed, of which the bases are made. Default: 4,096. */
        public Builder basisExamples(int value) {
            basisExamples = Check.positive("basisExamples", value);
            return this;
        }

        /** Examples of which the mean squares of the coordinates are taken. Default: 2,048. */
        public Builder squareExamples(int value) {
            squareExamples = Check.positive("squareExamples", value);
            return this;
        }

        /** Examples of which the joint curvature is the mean. Default: 8,192. */
        public Builder curvatureExamples(int value) {
            curvatureExamples = Check.positive("curvatureExamples", value);
            return this;
        }

        /**
         * Gradients of an example that its curvature is made of: with as many as its loss's Hessian by the outputs has ranks it is exact
         * (the classes less one, for softmax), with fewer it is so in expectation. Default: 16.
         */
        public Builder slopes(int value) {
            slopes = Check.positive("slopes", value);
            return this;
        }

        /** The seed of what is drawn. Default: 0. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Fits on these devices. Default: {@link DeviceGroup#available()}. */
        public Builder devices(DeviceGroup value) {
            devices = value;
            return this;
        }

        /** Reports to this listener, in stage {@link dev.fastif.core.Stage#FIT}. */
        public Builder progress(Progress value) {
            progress = value;
            return this;
        }

        /**
         * Fits.
         *
         * @throws IllegalArgumentException if more coordinates are asked for than there are parameters, or if the loss is not convex
         *     in the outputs
         * @throws java.util.concurrent.CancellationException if the thread is interrupted
         */
        public CurvatureFit fit() {
            return new Fitting(this).fit();
        }
    }
}
