package dev.fastif.hvp.dl4j;

import java.util.List;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;

/**
 * A place in a network that a layer may stand on.
 *
 * @param name of the input, layer or vertex
 * @param type what it gives, in DL4J's words
 * @param steps of each sequence if these are rows that are the steps of sequences, which DL4J's types do not tell from
 *     others; otherwise 0
 */
record Spot(String name, InputType type, long steps) {
    /** What a layer gives here; throws if it cannot stand here. */
    Spot after(String next, Layer layer) {
        Layer own = layer.clone();
        InputPreProcessor preProcessor = own.getPreProcessorForInputType(type);
        InputType taken = preProcessor == null ? type : preProcessor.getOutputType(type);
        if (isSteps() && taken instanceof InputType.InputTypeRecurrent rnn) {
            taken = InputType.recurrent(rnn.getSize(), steps, rnn.getFormat());
        }
        own.setNIn(taken, true);
        Windows.requireFit(own, taken);
        InputType out = own.getOutputType(0, taken);
        if (LongStream.of(out.getShape()).anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException(layer + " leaves nothing of " + taken);
        }
        if (out.getType() != InputType.Type.FF || taken.getType() != InputType.Type.FF) {
            return new Spot(next, out, 0);
        }
        boolean isUnrolled = preProcessor instanceof RnnToFeedForwardPreProcessor;
        return new Spot(next, out, isUnrolled ? ((InputType.InputTypeRecurrent) type).getTimeSeriesLength() : steps);
    }

    /** What a vertex gives of arrays like this one. */
    Spot after(String next, GraphVertex vertex, InputType... taken) {
        InputType out = vertex.getOutputType(0, taken);
        return new Spot(next, out, out.getType() == InputType.Type.FF ? steps : 0);
    }

    boolean isSteps() {
        return steps > 0;
    }

    /** Whether they can be joined along their channels. */
    boolean meets(Spot other) {
        return steps == other.steps && shape().equals(other.shape());
    }

    /** Of an example, without the channels. */
    private List<Object> shape() {
        return switch (type.getType()) {
            case FF -> List.of(type.getType());
            case RNN -> {
                InputType.InputTypeRecurrent rnn = (InputType.InputTypeRecurrent) type;
                yield List.of(type.getType(), rnn.getTimeSeriesLength(), rnn.getFormat());
            }
            default -> {
                InputType.InputTypeConvolutional image = (InputType.InputTypeConvolutional) type;
                yield List.of(type.getType(), image.getHeight(), image.getWidth(), image.getFormat());
            }
        };
    }

    boolean isRows() {
        return type.getType() == InputType.Type.FF;
    }

    boolean isSequence() {
        return type.getType() == InputType.Type.RNN;
    }

    boolean isImage() {
        return type.getType() == InputType.Type.CNN;
    }

    /** Of rows their length, of others the channels. */
    int channels() {
        return Math.toIntExact(
                switch (type.getType()) {
                    case FF -> ((InputType.InputTypeFeedForward) type).getSize();
                    case RNN -> ((InputType.InputTypeRecurrent) type).getSize();
                    default -> ((InputType.InputTypeConvolutional) type).getChannels();
                });
    }
}
