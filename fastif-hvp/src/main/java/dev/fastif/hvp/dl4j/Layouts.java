package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;

/** Brings what the user gave, or what a layer gave, into the layout that the next layer works on. */
final class Layouts {
    private Layouts() {}

    /** [n, c], or a sequence, of which every step is a row. */
    static Flow vectors(Flow in) {
        return switch (in.kind()) {
            case GIVEN -> Flow.rows(in.node());
            case ROWS, SEQUENCE -> in;
            case IMAGE -> throw new Unsupported("a layer of rows behind images without a CnnToFeedForwardPreProcessor");
        };
    }

    static Flow sequence(Scope s, Flow in, RNNFormat format) {
        return switch (in.kind()) {
            case GIVEN ->
                new Flow(
                        format == RNNFormat.NCW ? s.ops().permute(in.node(), 0, 2, 1) : in.node(),
                        Flow.Kind.SEQUENCE,
                        s.maskOf(in.node(), format));
            case SEQUENCE -> in;
            case ROWS, IMAGE -> throw new Unsupported("a layer of sequences behind " + in.kind());
        };
    }

    static Node image(Scope s, Flow in, CNN2DFormat format) {
        return switch (in.kind()) {
            case GIVEN -> format == CNN2DFormat.NCHW ? in.node() : s.ops().permute(in.node(), 0, 3, 1, 2);
            case IMAGE -> in.node();
            case ROWS, SEQUENCE -> throw new Unsupported("a layer of images behind " + in.kind());
        };
    }

    /** Ids [n, t], or [n, 1, t]. */
    static Flow ids(Scope s, Flow in) {
        return new Flow(s.ops().reshape(in.node(), 0, -1), Flow.Kind.SEQUENCE, s.maskOf(in.node(), RNNFormat.NCW));
    }
}
