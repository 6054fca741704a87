package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.jspecify.annotations.Nullable;

/** What DL4J puts between layers of different kinds. Layers of rows work on the steps of a sequence as they are. */
final class PreProcessors {
    private PreProcessors() {}

    static Flow apply(Scope s, Flow in, @Nullable InputPreProcessor preProcessor) {
        if (preProcessor == null) {
            return in;
        }
        if (preProcessor instanceof RnnToFeedForwardPreProcessor rnn) {
            // as DL4J: behind a pooling there are rows already
            return in.kind() == Flow.Kind.ROWS ? in : Layouts.sequence(s, in, rnn.getRnnDataFormat());
        }
        if (preProcessor instanceof FeedForwardToRnnPreProcessor) {
            if (in.kind() != Flow.Kind.SEQUENCE) {
                throw new Unsupported("FeedForwardToRnnPreProcessor on rows that were no sequence before");
            }
            return in;
        }
        if (preProcessor instanceof CnnToFeedForwardPreProcessor cnn) {
            CNN2DFormat format = cnn.getFormat();
            Node image = Layouts.image(s, in, format);
            Node own = format == CNN2DFormat.NHWC ? s.ops().permute(image, 0, 2, 3, 1) : image;
            return Flow.rows(s.ops().reshape(own, 0, -1));
        }
        if (preProcessor instanceof FeedForwardToCnnPreProcessor cnn) {
            Node rows = Layouts.vectors(in).node();
            return Flow.image(
                    s.ops().reshape(rows, 0, cnn.getNumChannels(), cnn.getInputHeight(), cnn.getInputWidth()));
        }
        throw new Unsupported(preProcessor.getClass().getSimpleName());
    }
}
