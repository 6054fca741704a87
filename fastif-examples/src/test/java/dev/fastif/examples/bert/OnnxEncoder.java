package dev.fastif.examples.bert;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;

/**
 * The oracle of our encoders: onnxruntime running the MiniLM artifact's own ONNX file, one sequence at a time and without
 * padding. Opening takes about a second and 200 MB. Any number of threads may use one.
 */
public final class OnnxEncoder implements AutoCloseable {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    public OnnxEncoder() {
        try (InputStream in = MiniLm.open("all-minilm-l6-v2.onnx");
                OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1); // ND4J's threads would spin against its own
            session = environment.createSession(in.readAllBytes(), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The last layer's states {@code [tokens][hidden]} of one sequence; {@code ids} and {@code segments} are {@code [tokens]}. */
    public float[][] tokenStates(int[] ids, int[] segments) {
        long[] mask = new long[ids.length];
        Arrays.fill(mask, 1);
        try (OnnxTensor idTensor = tensor(longs(ids));
                OnnxTensor segmentTensor = tensor(longs(segments));
                OnnxTensor maskTensor = tensor(mask);
                OrtSession.Result result = session.run(
                        Map.of("input_ids", idTensor, "token_type_ids", segmentTensor, "attention_mask", maskTensor))) {
            return ((float[][][]) result.get(0).getValue())[0];
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private OnnxTensor tensor(long[] sequence) throws OrtException {
        return OnnxTensor.createTensor(environment, new long[][] {sequence});
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
