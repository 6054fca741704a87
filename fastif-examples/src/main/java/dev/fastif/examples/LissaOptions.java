package dev.fastif.examples;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InverseHvp;
import dev.fastif.hvp.Lissa;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The stochastic solver and what it inverts; the defaults are those published for MultiNLI. */
final class LissaOptions {
    private static final String AUTOMATIC = "auto";
    static final double PUBLISHED_SCALE = 1e4;

    @Mixin
    private final CurvatureOptions curvature = new CurvatureOptions();

    @Option(
            names = "--scale",
            paramLabel = "X",
            description = "LiSSA's scale sigma, or auto (default: 1e4, as published).")
    private @Nullable String scale;

    @Option(
            names = "--depth",
            paramLabel = "J",
            defaultValue = "1000",
            description = "LiSSA's recursion depth J (default: ${DEFAULT-VALUE}).")
    private int depth = 1000;

    @Option(
            names = "--batch",
            paramLabel = "B",
            defaultValue = "1",
            description = "Training pairs in a step of LiSSA, B (default: ${DEFAULT-VALUE}).")
    private int batch = 1;

    @Option(
            names = "--repeats",
            paramLabel = "T",
            defaultValue = "1",
            description = "Repeats of LiSSA that are averaged, T (default: ${DEFAULT-VALUE}).")
    private int repeats = 1;

    CurvatureMatrix matrix(CurvatureMatrix standard) {
        return curvature.matrix(standard);
    }

    CurvatureMatrix matrix() {
        return curvature.matrix();
    }

    double damping() {
        return curvature.damping();
    }

    InverseHvp lissa(long seed) {
        return AUTOMATIC.equals(scale)
                ? automatic(damping(), seed)
                : built(Lissa.builder().scale(scale()), damping(), seed);
    }

    /** As deep as was asked for, with a damping of its own and the scale that suits it. */
    InverseHvp automatic(double damping, long seed) {
        return built(Lissa.auto(), damping, seed);
    }

    private InverseHvp built(Lissa.Builder builder, double damping, long seed) {
        return builder.damping(damping)
                .recursionDepth(depth)
                .batchSize(batch)
                .repeats(repeats)
                .seed(seed)
                .build();
    }

    /** The scale as a number; the published one if none was given. */
    double scale() {
        return scale(PUBLISHED_SCALE);
    }

    /**
     * The scale as a number, or {@code standard} if none was given.
     *
     * @throws IllegalArgumentException if it is none
     */
    double scale(double standard) {
        try {
            return scale == null ? standard : Double.parseDouble(scale);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--scale is '" + scale + "': it must be a number above 0, or auto", e);
        }
    }
}
