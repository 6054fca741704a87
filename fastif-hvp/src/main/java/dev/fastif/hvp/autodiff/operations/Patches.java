package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a window sees at each position of images [n, c, h, w]: [n, h', w', c * window], zeros outside of the image. */
record Patches(Window window) implements Picked.Pick {
    @Override
    public Picked.Places at(List<INDArray> inputs) {
        long[] image = image(inputs.get(0));
        int[] strides = Picked.strides(image);
        long rows = window.positions(0, image[2]);
        long columns = window.positions(1, image[3]);
        int height = window.size(0);
        int width = window.size(1);
        return Picked.Places.of(
                p -> {
                    int element = p[3] % (height * width);
                    int row = window.pixel(0, p[1], element / width, image[2]);
                    int column = window.pixel(1, p[2], element % width, image[3]);
                    int channel = p[3] / (height * width);
                    return row < 0 || column < 0
                            ? -1
                            : p[0] * strides[0] + channel * strides[1] + row * strides[2] + column;
                },
                image[0],
                rows,
                columns,
                image[1] * height * width);
    }

    static long[] image(INDArray x) {
        Check.argument(
                x.rank() == 4,
                "an array of shape %s reaches a window over images: it must be [n, c, h, w]",
                Arrays.toString(x.shape()));
        return x.shape().clone();
    }
}
