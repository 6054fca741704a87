package dev.fastif.hvp.index;

import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Stage;
import dev.fastif.core.Sweep;
import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/** The four steps of a fit: second moments, bases, mean squares, joint curvature. Each is a sum over batches in their order. */
final class Fitting {
    private final CurvatureFit.Builder options;
    private final ParameterLayout layout;
    private final List<Block> blocks;
    private final Sweep sweep;

    Fitting(CurvatureFit.Builder options) {
        this.options = options;
        this.layout = options.model.parameters();
        this.blocks = Block.of(layout);
        this.sweep = Sweep.of(options.model, options.trainingSet, options.devices);
    }

    CurvatureFit fit() {
        int count = options.coordinates == null ? (int) Math.min(1024, layout.size()) : options.coordinates;
        Check.argument(
                count <= layout.size(),
                "coordinates is %d but the model has %d parameters: keep at most that many",
                count,
                layout.size());
        List<Basis> bases = bases();
        List<double[]> squares = squares(bases);
        Coordinates coordinates = Coordinates.largest(bases, squares, count);
        JointCurvature curvature = curvature(coordinates);
        return new CurvatureFit(layout, bases, squares, penalties(), coordinates, curvature);
    }

    /** What the signs of an example's random sum are drawn by, in one of the steps. */
    private long[] seeds(int step, int... ids) {
        long[] seeds = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            seeds[i] = (options.seed * 3 + step) * 0x9E3779B97F4A7C15L + ids[i];
        }
        return seeds;
    }

    private List<Basis> bases() {
        DataType type = layout.dataType();
        List<double @Nullable []> left = new ArrayList<>();
        List<double @Nullable []> right = new ArrayList<>();
        sweep.over(
                sweep.sample(options.basisExamples, options.seed),
                Stage.FIT,
                options.progress,
                (model, batch, ids) -> {
                    SecondMoments moments = new SecondMoments(blocks, type);
                    model.curvatureGradients(batch, 1, moments, seeds(0, ids));
                    List<double @Nullable []> sums = new ArrayList<>();
                    blocks.forEach(block -> {
                        sums.add(moments.left(block));
                        sums.add(moments.right(block));
                    });
                    moments.close();
                    return sums;
                },
                (ids, sums) -> {
                    for (int b = 0; b < blocks.size(); b++) {
                        add(left, b, sums.get(2 * b));
                        add(right, b, sums.get(2 * b + 1));
                    }
                });
        List<Basis> bases = new ArrayList<>();
        sweep.run(
                blocks.size(),
                b -> new Basis(
                        blocks.get(b),
                        Basis.eigenvectors(left.get(b), type, () -> {}),
                        Basis.eigenvectors(right.get(b), type, () -> {})),
                (basis, b) -> bases.add(basis));
        return bases;
    }

    private static void add(List<double @Nullable []> sums, int i, double @Nullable [] part) {
        if (i == sums.size()) {
            sums.add(part);
        } else if (part != null) {
            double[] sum = sums.get(i);
            if (sum != null) {
                Matrices.add(sum, part);
            }
        }
    }

    private List<double[]> squares(List<Basis> bases) {
        int[] drawn = sweep.sample(options.squareExamples, options.seed + 1);
        List<double[]> means = new ArrayList<>();
        sweep.over(
                drawn,
                Stage.FIT,
                options.progress,
                (model, batch, ids) -> {
                    SquaredCoordinates squared = new SquaredCoordinates(bases, layout.dataType());
                    model.curvatureGradients(batch, 1, squared, seeds(1, ids));
                    List<double[]> sums = blocks.stream().map(squared::of).toList();
                    squared.close();
                    return sums;
                },
                (ids, sums) -> {
                    for (int b = 0; b < blocks.size(); b++) {
                        if (means.size() == b) {
                            means.add(sums.get(b));
                        } else {
                            Matrices.add(means.get(b), sums.get(b));
                        }
                    }
                });
        for (double[] mean : means) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] /= drawn.length;
            }
        }
        return means;
    }

    private JointCurvature curvature(Coordinates coordinates) {
        Map<String, CoordinateRows.Sides> sides = CoordinateRows.sides(coordinates);
        int[] drawn = sweep.sample(options.curvatureExamples, options.seed + 2);
        JointCurvature.Sum sum = new JointCurvature.Sum(coordinates.size());
        sweep.over(
                drawn,
                Stage.FIT,
                options.progress,
                (model, batch, ids) -> {
                    CoordinateRows rows = new CoordinateRows(coordinates.size(), sides, ids.length);
                    model.curvatureGradients(batch, options.slopes, rows, seeds(2, ids));
                    return rows.rows();
                },
                (ids, rows) -> rows.forEach(all -> all.forEach(sum::add)));
        double[] diagonal = new double[coordinates.size()];
        double[] penalties = penalties();
        coordinates.blocks().forEach(kept -> {
            for (int k = 0; k < kept.size(); k++) {
                diagonal[kept.first() + k] = penalties[kept.number()];
            }
        });
        Memory.freeWorkspace();
        return sum.mean(drawn.length, diagonal);
    }

    /** The regularizer's curvature of each block: the same along all of its coordinates, whatever the bases. */
    private double[] penalties() {
        return blocks.stream()
                .mapToDouble(block -> 2 * options.model.regularizer().coefficient(block.name()))
                .toArray();
    }
}
