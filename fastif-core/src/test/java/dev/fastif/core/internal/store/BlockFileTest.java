package dev.fastif.core.internal.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file of blocks gives the bytes that were written, or says that it does not. */
class BlockFileTest {
    private static final Blocks SMALL = Blocks.at(0, 7, 7, 40, 41);
    private static final Blocks LARGE = Blocks.ofSize(5000, 23_456);

    @TempDir
    private Path folder;

    static Contents contents(Blocks blocks) {
        return new Contents("test", "FLOAT [3, 4]", blocks);
    }

    static byte[] bytes(Blocks blocks, int block) {
        byte[] bytes = new byte[blocks.size(block)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (31 * block + 7 * i + 1);
        }
        return bytes;
    }

    static void write(Path file, Blocks blocks) throws IOException {
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(blocks))) {
            for (int i = blocks.count() - 1; i >= 0; i--) {
                writer.write(i, ByteBuffer.wrap(bytes(blocks, i)));
            }
            writer.commit();
        }
    }

    private static void assertWhole(Path file, Blocks blocks) throws IOException {
        try (BlockFile opened = BlockFile.open(file, contents(blocks), "Delete it.")) {
            for (int i = 0; i < blocks.count(); i++) {
                ByteBuffer target = ByteBuffer.allocate(blocks.size(i) + 3);
                opened.read(i, target, 3);
                assertArrayEquals(bytes(blocks, i), Arrays.copyOfRange(target.array(), 3, target.capacity()));
            }
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        for (Blocks blocks : List.of(SMALL, LARGE)) {
            write(folder.resolve("file"), blocks);
            assertWhole(folder.resolve("file"), blocks);
            assertEquals(List.of("file"), files());
        }
    }

    /** Blocks that are not damaged may be read; no damage at all goes unnoticed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anyDamageIsNoticed(boolean small) throws IOException {
        Blocks blocks = small ? SMALL : LARGE;
        Path file = folder.resolve("file");
        write(file, blocks);
        for (Damage damage : Damage.of(Files.readAllBytes(file))) {
            Path damaged = Files.write(folder.resolve("damaged"), damage.bytes());
            DamagedFileException e = assertThrows(
                    DamagedFileException.class, () -> assertWhole(damaged, blocks), () -> damage + " is not noticed");
            assertEquals(damaged, e.file());
            assertTrue(String.valueOf(e.getMessage()).contains(damaged + " is damaged: it"), e.getMessage());
            assertTrue(String.valueOf(e.getMessage()).endsWith(". Delete it."), e.getMessage());
        }
    }

    /** There is room for two records, which take turns. */
    @Test
    void everyRecordIsFound() throws IOException {
        Path file = folder.resolve("file");
        for (int done = 0; done < LARGE.count(); done++) {
            try (BlockFileWriter writer = BlockFileWriter.open(file, contents(LARGE))) {
                assertEquals(done, writer.written(), "after " + done + " blocks, each recorded by another writer");
                writer.write(done, ByteBuffer.wrap(bytes(LARGE, done)));
                writer.record();
            }
        }
        Files.delete(Contents.partial(file));
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(LARGE))) {
            for (int block = 0; block < LARGE.count(); block++) {
                writer.write(block, ByteBuffer.wrap(bytes(LARGE, block)));
                writer.record();
            }
        }
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(LARGE))) {
            assertEquals(LARGE.count(), writer.written(), "all recorded by one writer");
            writer.commit();
        }
        assertWhole(file, LARGE);
    }

    @Test
    void otherContentsAreNamed() throws IOException {
        Path file = folder.resolve("file");
        write(file, SMALL);
        for (Contents other : List.of(
                new Contents("other", "FLOAT [3, 4]", SMALL),
                new Contents("test", "DOUBLE [3, 4]", SMALL),
                new Contents("test", "FLOAT [3, 4]", Blocks.at(0, 7, 7, 39, 41)),
                new Contents("test", "FLOAT [3, 4]", Blocks.ofSize(1 << 20, 1L << 33)))) {
            DamagedFileException e =
                    assertThrows(DamagedFileException.class, () -> BlockFile.open(file, other, "Delete it."));
            assertTrue(String.valueOf(e.getMessage()).contains("other contents: test FLOAT [3, 4]"), e.getMessage());
        }
        assertThrows(IOException.class, () -> BlockFile.open(folder.resolve("none"), contents(SMALL), "Delete it."));
    }

    @Test
    void workThatWasEndedGoesOn() throws IOException {
        Path file = folder.resolve("file");
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(LARGE))) {
            writer.write(0, ByteBuffer.wrap(bytes(LARGE, 0)));
            writer.record();
            writer.write(1, ByteBuffer.wrap(bytes(LARGE, 1)));
        }
        assertEquals(List.of("file.part"), files());
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(LARGE))) {
            assertEquals(2, writer.written());
            assertThrows(IllegalStateException.class, writer::commit);
            for (int i = 2; i < LARGE.count(); i++) {
                writer.write(i, ByteBuffer.wrap(bytes(LARGE, i)));
            }
            writer.commit();
        }
        assertWhole(file, LARGE);
        assertEquals(List.of("file"), files());
    }

    /** Whatever happens to what an ended run left, the next one gives the right file. */
    @Test
    void damagedWorkIsNotBelieved() throws IOException {
        Path file = folder.resolve("file");
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(SMALL))) {
            for (int i = 0; i < 3; i++) {
                writer.write(i, ByteBuffer.wrap(bytes(SMALL, i)));
                writer.record();
            }
        }
        List<Damage> all = Damage.of(Files.readAllBytes(folder.resolve("file.part")));
        for (int d = 0; d < all.size(); d += 11) { // each is forced to the disk, which takes its time
            Damage damage = all.get(d);
            Files.write(folder.resolve("file.part"), damage.bytes());
            try (BlockFileWriter writer = BlockFileWriter.open(file, contents(SMALL))) {
                for (int i = writer.written(); i < SMALL.count(); i++) {
                    writer.write(i, ByteBuffer.wrap(bytes(SMALL, i)));
                }
                writer.commit();
            }
            assertWhole(file, SMALL);
            Files.delete(file);
        }
    }

    @Test
    void otherWorkIsNotContinued() throws IOException {
        Path file = folder.resolve("file");
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(LARGE))) {
            writer.write(0, ByteBuffer.wrap(bytes(LARGE, 0)));
        }
        write(file, SMALL);
        assertWhole(file, SMALL);
    }

    @Test
    void twoDoNotWriteOneFile() throws IOException {
        Path file = folder.resolve("file");
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents(SMALL))) {
            IOException e = assertThrows(IOException.class, () -> BlockFileWriter.open(file, contents(SMALL)));
            assertTrue(String.valueOf(e.getMessage()).contains("another run"), e.getMessage());
            assertEquals(0, writer.written());
        }
        assertEquals(List.of(), files());
    }

    /** An interrupt stays one: it ends nothing here, and is not lost. */
    @Test
    void interruptsEndNothing() throws IOException {
        Path file = folder.resolve("file");
        Thread.currentThread().interrupt();
        try {
            write(file, LARGE);
            assertWhole(file, LARGE);
            WholeFile.write(folder.resolve("whole"), new byte[] {1, 2, 3});
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(folder.resolve("whole")));
    }

    @Test
    void whatFailsLeavesTheOldFile() throws IOException {
        Path file = folder.resolve("whole");
        WholeFile.write(file, "old".getBytes(StandardCharsets.UTF_8));
        assertThrows(
                IOException.class,
                () -> WholeFile.write(file, partial -> {
                    Files.writeString(partial, "ne");
                    throw new IOException("no space left");
                }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("whole"), files());
        assertThrows(IOException.class, () -> WholeFile.write(folder, (byte) 1));
        assertThrows(
                NoSuchFileException.class,
                () -> WholeFile.write(folder.resolve("no/whole"), partial -> {
                    throw new NoSuchFileException(partial.toString());
                }));
    }

    @Test
    void closedFilesSaySo() throws IOException {
        write(folder.resolve("file"), SMALL);
        BlockFile opened = BlockFile.open(folder.resolve("file"), contents(SMALL), "Delete it.");
        opened.close();
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> opened.read(0, ByteBuffer.allocate(10), 0));
        assertTrue(String.valueOf(e.getMessage()).contains("closed"), e.getMessage());
    }

    /** An interrupt closes a channel for all threads that read from it; here none of them notices. */
    @Test
    void interruptsDoNotEndTheReadingOfOthers() throws Exception {
        Path file = folder.resolve("file");
        write(file, LARGE);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (BlockFile opened = BlockFile.open(file, contents(LARGE), "Delete it.")) {
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Thread reader = new Thread(() -> {
                    for (int n = 0; n < 3000; n++) {
                        ByteBuffer target = ByteBuffer.allocate(5000);
                        opened.read(n % LARGE.count(), target, 0);
                    }
                });
                reader.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
                readers.add(reader);
            }
            readers.forEach(Thread::start);
            while (readers.get(0).isAlive()) {
                readers.get(0).interrupt();
            }
            for (Thread reader : readers) {
                reader.join();
            }
        }
        assertNull(failure.get());
    }

    /** Reading what is not there any more could end a JVM, so it is done in another one: by {@link CutWhileOpen}. */
    @Test
    void aFileThatIsCutWhileItIsOpenIsDamaged() throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("crash"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CutWhileOpen.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int status = process.waitFor();
        String said = Files.readString(output);
        assertEquals(0, status, said);
        assertTrue(said.contains("all held"), said);
        assertFalse(Files.exists(folder.resolve("crash")));
    }
}
