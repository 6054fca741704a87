package dev.fastif.examples.bert;

import static dev.fastif.examples.bert.Failures.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorBundleTest {
    private final Map<String, INDArray> tensors = new LinkedHashMap<>();
    private final BundleWriter writer = new BundleWriter();

    TensorBundleTest() {
        // more than a block of them, most with a prefix in common, added in an order that is not that of the names
        for (int i = 13; i >= 0; i--) {
            tensors.put("module/layer_" + i + "/kernel", values(i, 300 + i, 2));
            tensors.put("module/layer_" + i + "/bias", values(-i, 3));
        }
        tensors.put("module/large", values(0.25, 130, 200)); // more than is read at a time
        tensors.forEach(writer::add);
    }

    @Test
    void everyTensorIsReadAsItWasWritten() throws IOException {
        TensorBundle bundle = new TensorBundle(writer.index());
        assertEquals(tensors.keySet(), bundle.names());
        assertEquals(tensors, bundle.read(data(), tensors.keySet()));
    }

    @Test
    void someTensorsAreReadInAnyOrder() throws IOException {
        List<String> wanted = List.of("module/layer_0/bias", "module/layer_12/kernel", "module/large");
        Map<String, INDArray> found = new TensorBundle(writer.index()).read(data(), wanted);
        assertEquals(3, found.size());
        found.forEach((name, tensor) -> assertEquals(tensors.get(name), tensor));
    }

    /** Whatever byte of an index changes: the same tensors are found, or the damage is reported. */
    @Test
    void noDamageToTheIndexGoesUnnoticed() {
        byte[] index = writer.index();
        TensorBundle intact = new TensorBundle(index);
        int noticed = 0;
        for (int i = 0; i < index.length; i++) {
            byte[] damaged = index.clone();
            damaged[i] ^= 0x41;
            try {
                assertEquals(intact.names(), new TensorBundle(damaged).names(), "byte " + i);
            } catch (IllegalStateException expected) {
                noticed++;
            }
        }
        // only the block of meta data, its checksum included, and the footer's padding matter to nobody
        int most = index.length;
        if (noticed < most - 60) {
            fail(noticed + " of " + most + " damages were noticed");
        }
    }

    @Test
    void damagedDataAreReportedWithTheTensor() throws IOException {
        byte[] data = writer.data();
        data[data.length - 1] ^= 1;
        TensorBundle bundle = new TensorBundle(writer.index());
        assertMentions(
                IllegalStateException.class,
                () -> bundle.read(new ByteArrayInputStream(data), List.of("module/large")),
                "'module/large'",
                "checksum");
        assertEquals(
                1,
                bundle.read(new ByteArrayInputStream(data), List.of("module/layer_1/bias"))
                        .size());
    }

    @Test
    void missingDataAndTensorsAreNamed() {
        TensorBundle bundle = new TensorBundle(writer.index());
        byte[] data = writer.data();
        ByteArrayInputStream half = new ByteArrayInputStream(data, 0, data.length - 10);
        assertMentions(
                EOFException.class, () -> bundle.read(half, List.of("module/large")), "10 bytes", "'module/large'");
        assertMentions(
                IllegalStateException.class, () -> bundle.read(data(), List.of("absent")), "'absent'", "module/large");
    }

    @Test
    void whatCannotBeReadIsRefused() {
        BundleWriter others = new BundleWriter()
                .add("double", 2, new long[] {1}, new byte[8])
                .add("short", 1, new long[] {2, 2}, new byte[12]);
        TensorBundle bundle = new TensorBundle(others.index());
        ByteArrayInputStream data = new ByteArrayInputStream(others.data());
        assertMentions(
                IllegalStateException.class, () -> bundle.read(data, List.of("double")), "'double'", "DT_DOUBLE");
        assertMentions(IllegalStateException.class, () -> bundle.read(data, List.of("short")), "12 bytes", "16");
        assertMentions(
                IllegalStateException.class,
                () -> new TensorBundle(writer.header(2, 0).index()),
                "2 data files");
        assertMentions(
                IllegalStateException.class,
                () -> new TensorBundle(writer.header(1, 1).index()),
                "BIG");
        assertMentions(
                IllegalStateException.class,
                () -> new TensorBundle(writer.header(1, 0).index(1)),
                "compressed");
        assertMentions(IllegalStateException.class, () -> new TensorBundle(new byte[200]), "200 bytes", "LevelDB");
        assertThrows(IllegalStateException.class, TensorBundle::new);
    }

    /** The known answer for CRC-32C's check string, masked by hand. */
    @Test
    void theChecksumIsLevelDbs() {
        int crc = 0xE3069283;
        int rotated = crc >>> 15 | crc << 17;
        assertEquals(
                rotated + 0xa282ead8, MaskedCrc.of(ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII))));
    }

    private ByteArrayInputStream data() {
        return new ByteArrayInputStream(writer.data());
    }

    private static INDArray values(double first, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return Nd4j.arange(first, first + length)
                .castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT)
                .reshape(shape);
    }
}
