package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Means of windows over images [n, c, h, w]: [n, c, h', w']. Zeros of the padding count or not. */
record AveragePooling(Window window, Divisor divisor) implements LinearMap {
    enum Divisor {
        WINDOW,
        PIXELS
    }

    @Override
    public Plan at(List<INDArray> inputs) {
        long[] image = Patches.image(inputs.get(0));
        int area = window.size(0) * window.size(1);
        // each channel is an image of its own
        INDArray channels = inputs.get(0).reshape('c', image[0] * image[1], 1, image[2], image[3]);
        Picked.Places places = new Patches(window).at(List.of(channels));
        long rows = window.positions(0, image[2]);
        long columns = window.positions(1, image[3]);
        double[] shares = new double[places.size() / area];
        for (int i = 0; i < places.size(); i++) {
            shares[i / area] += divisor == Divisor.WINDOW || places.source(i) >= 0 ? 1 : 0;
        }
        INDArray share =
                Elements.array(shares, channels.dataType(), shares.length, 1).rdivi(1);
        return Plan.of(
                x -> places.take(x)
                        .reshape('c', shares.length, area)
                        .sum(true, 1)
                        .muli(share)
                        .reshape('c', image[0], image[1], rows, columns),
                g -> places.giveBack(
                        g.reshape('c', shares.length, 1).mul(share).broadcast(shares.length, area), image));
    }
}
