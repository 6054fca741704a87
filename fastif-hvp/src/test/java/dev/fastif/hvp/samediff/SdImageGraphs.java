package dev.fastif.hvp.samediff;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv1DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;

/** A graph for each operation on images. */
final class SdImageGraphs {
    private SdImageGraphs() {}

    static List<SdGraph> all() {
        return Stream.concat(usual().stream(), others().stream()).toList();
    }

    private static Conv2DConfig convolution(PaddingMode padding, String format) {
        return Conv2DConfig.builder()
                .kH(2)
                .kW(3)
                .sH(2)
                .sW(1)
                .dH(1)
                .dW(1)
                .paddingMode(padding)
                .dataFormat(format)
                .build();
    }

    /** Convolutions of other kinds, and channels last. */
    private static List<SdGraph> others() {
        return List.of(
                new SdGraph("conv2d and pooling, channels last", (sd, g) -> {
                    SDVariable x = sd.permute(images(sd), 0, 2, 3, 1);
                    SDVariable h = sd.cnn()
                            .conv2d(
                                    x,
                                    g.parameter(sd, "k", 2, 3, 2, 3),
                                    g.parameter(sd, "b", 3),
                                    convolution(PaddingMode.SAME, "NHWC"));
                    Pooling2DConfig pool = Pooling2DConfig.builder()
                            .kH(2)
                            .kW(2)
                            .sH(1)
                            .sW(2)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.VALID)
                            .isNHWC(true)
                            .build();
                    return SdGraph.read(
                            sd, sd.cnn().maxPooling2d(h, pool).add(sd.cnn().avgPooling2d(h, pool)), 1, 2, 2, 3);
                }),
                new SdGraph(
                        "depthwise_conv2d",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.cnn()
                                        .depthWiseConv2d(
                                                images(sd),
                                                g.parameter(sd, "k", 2, 3, 2, 2),
                                                g.parameter(sd, "b", 4),
                                                convolution(PaddingMode.VALID, "NCHW")),
                                1,
                                4,
                                2,
                                2)),
                new SdGraph(
                        "sconv2d",
                        (sd, g) -> SdGraph.read(
                                sd,
                                sd.cnn()
                                        .separableConv2d(
                                                images(sd),
                                                g.parameter(sd, "k", 2, 3, 2, 2),
                                                g.parameter(sd, "p", 1, 1, 4, 3),
                                                g.parameter(sd, "b", 3),
                                                convolution(PaddingMode.SAME, "NCHW")),
                                1,
                                3,
                                3,
                                4)),
                new SdGraph("conv1d, upsampling2d", (sd, g) -> {
                    SDVariable x = sd.reshape(sd.cnn().upsampling2d(images(sd), 1, 2, true), -1, 10, 8);
                    Conv1DConfig config = Conv1DConfig.builder()
                            .k(3)
                            .s(2)
                            .p(1)
                            .d(1)
                            .paddingMode(PaddingMode.VALID)
                            .dataFormat("NCW")
                            .build();
                    return SdGraph.read(
                            sd,
                            sd.cnn().conv1d(x, g.parameter(sd, "k", 3, 10, 2), g.parameter(sd, "b", 2), config),
                            1,
                            2,
                            4);
                }),
                new SdGraph("conv1d, channels last", (sd, g) -> {
                    SDVariable x = sd.reshape(images(sd), -1, 8, 5);
                    Conv1DConfig config = Conv1DConfig.builder()
                            .k(3)
                            .s(2)
                            .p(0)
                            .d(1)
                            .paddingMode(PaddingMode.SAME)
                            .dataFormat("NWC")
                            .build();
                    return SdGraph.read(sd, sd.cnn().conv1d(x, g.parameter(sd, "k", 3, 5, 2), config), 1, 4, 2);
                }));
    }

    private static List<SdGraph> usual() {
        return List.of(
                new SdGraph("conv2d", (sd, g) -> {
                    Conv2DConfig config = Conv2DConfig.builder()
                            .kH(2)
                            .kW(3)
                            .sH(2)
                            .sW(1)
                            .pH(1)
                            .pW(0)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.VALID)
                            .dataFormat("NCHW")
                            .build();
                    return SdGraph.read(
                            sd,
                            sd.cnn()
                                    .conv2d(
                                            images(sd),
                                            g.parameter(sd, "k", 2, 3, 2, 3),
                                            g.parameter(sd, "b", 3),
                                            config),
                            1,
                            3,
                            3,
                            2);
                }),
                new SdGraph("pooling", (sd, g) -> {
                    Conv2DConfig config = Conv2DConfig.builder()
                            .kH(2)
                            .kW(2)
                            .sH(1)
                            .sW(1)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.SAME)
                            .dataFormat("NCHW")
                            .build();
                    SDVariable h = sd.cnn().conv2d(images(sd), g.parameter(sd, "k", 2, 2, 2, 3), config);
                    Pooling2DConfig pool = Pooling2DConfig.builder()
                            .kH(2)
                            .kW(2)
                            .sH(2)
                            .sW(2)
                            .dH(1)
                            .dW(1)
                            .paddingMode(PaddingMode.SAME)
                            .isNHWC(false)
                            .build();
                    return SdGraph.read(
                            sd, sd.cnn().maxPooling2d(h, pool).add(sd.cnn().avgPooling2d(h, pool)), 1, 3, 3, 2);
                }));
    }

    private static SDVariable images(SameDiff sd) {
        return SdGraph.placeholder(sd, "images", DataType.DOUBLE, 2, 5, 4);
    }
}
