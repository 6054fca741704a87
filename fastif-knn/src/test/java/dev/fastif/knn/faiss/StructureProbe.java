package dev.fastif.knn.faiss;

import static dev.fastif.knn.Features.normal;

import dev.fastif.core.Candidates;
import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What {@link GuardProbe} runs: files of indexes that were changed by somebody who made the checksums right again. Each is refused, or
 * answers; none ends the process or takes memory that the index does not need.
 */
final class StructureProbe {
    private static final int D = 16;
    private static final int N = 300;
    private static final int CHANGES = Integer.getInteger("fastif.changes", 24);
    private static final long MOST_KILOBYTES = 2_000_000;

    /** One of each form in a file. */
    private static final List<String> KINDS = List.of(
            "Flat",
            "IVF10,Flat",
            "IVF200,Flat",
            "HNSW8,Flat",
            "HNSW8,SQ8",
            "HNSW8,PQ4",
            "SQ4",
            "SQ6",
            "SQ8",
            "SQfp16",
            "PQ4x4",
            "PQ4x4np",
            "PQ4x4fs",
            "IVF10,PQ4x4",
            "IVF10,PQ4x4fs",
            "IVF10,SQ8",
            "IVF10_HNSW8,Flat",
            "PCA8,Flat",
            "PCAR8,PQ4x4",
            "RR8,IVF10,Flat",
            "OPQ4_8,PQ4x4",
            "PQ4x4,RFlat",
            "PQ4x4,Refine(SQ8)",
            "PCA4,RR16,Flat");

    private final Path folder;
    private final INDArray features = normal(1, N, D).castTo(DataType.FLOAT);
    private final INDArray query = normal(2, 2, D).castTo(DataType.FLOAT);
    private final Random random = new Random(11);
    private final List<String> wrong = new ArrayList<>();
    private int refused;
    private int answered;

    StructureProbe(Path folder) {
        this.folder = folder;
    }

    /** What went wrong. */
    List<String> run() throws IOException {
        for (String kind : KINDS) {
            attack(kind);
        }
        nested();
        memory();
        System.out.printf("%d refused, %d answered%n", refused, answered);
        return wrong;
    }

    private void attack(String kind) throws IOException {
        Path file = folder.resolve("index");
        try (FaissIndex index = FaissIndex.builder().factory(kind).build(features)) {
            index.save(file);
        } catch (IllegalArgumentException e) {
            wrong.add(kind + " is not built: " + e.getMessage());
            return;
        }
        IndexFile.Opened opened = IndexFile.read(file);
        byte[] body = body(file, opened);
        answer(kind, file);
        if (answered == 0) {
            wrong.add(kind + " is not answered as it was saved");
        }
        for (int i = 0; i < CHANGES; i++) {
            ByteBuffer changed = ByteBuffer.wrap(body.clone()).order(ByteOrder.LITTLE_ENDIAN);
            int at = random.nextInt(i % 3 > 0 ? Math.min(400, body.length - 8) : body.length - 8);
            String what = kind + ", " + change(changed, at) + " at " + at;
            write(file, opened.description(), changed.array());
            answer(what, file);
        }
        for (int length : new int[] {0, 3, 30, 33, 60, body.length / 2, body.length - 1}) {
            write(file, opened.description(), Arrays.copyOf(body, length));
            mustBeRefused(kind + " cut to " + length, file);
        }
        for (IndexFile other : List.of(
                new IndexFile(N + 1, D, 64, kind),
                new IndexFile(N, D + 1, 64, kind),
                new IndexFile(-1, D, 64, kind),
                new IndexFile(N, 0, 64, kind),
                new IndexFile(N, D, Integer.MAX_VALUE, kind),
                new IndexFile(N, D, 64, "IVF999999999,Flat,Flat"))) {
            write(file, other, body);
            mustBeRefused(kind + " as " + other, file);
        }
    }

    /** With checksums that are right. */
    private static void write(Path file, IndexFile description, byte... body) throws IOException {
        description.write(file, part -> Files.write(part, body, StandardOpenOption.APPEND));
    }

    private static byte[] body(Path file, IndexFile.Opened opened) throws IOException {
        int start = Math.toIntExact(opened.offset());
        return Arrays.copyOfRange(Files.readAllBytes(file), start, start + Math.toIntExact(opened.length()));
    }

    private String change(ByteBuffer bytes, int at) {
        int kind = random.nextInt(8);
        switch (kind) {
            case 0 -> bytes.putLong(at, Long.MAX_VALUE >> random.nextInt(60));
            case 1 -> bytes.putInt(at, Integer.MAX_VALUE >> random.nextInt(31));
            case 2 -> bytes.putInt(at, -1 - random.nextInt(3));
            case 3 -> bytes.putInt(at, bytes.getInt(at) + 1);
            case 4 -> bytes.putInt(at, bytes.getInt(at) - 1);
            case 5 -> bytes.put(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
            case 6 -> bytes.putLong(at, 0);
            default -> bytes.putLong(at, 1L << (32 + random.nextInt(8)));
        }
        return "change " + kind;
    }

    private void mustBeRefused(String what, Path file) {
        int before = refused;
        answer(what, file);
        if (refused == before) {
            wrong.add(what + " is not refused");
        }
    }

    private void answer(String what, Path file) {
        System.out.println(what);
        try (FaissIndex index = FaissIndex.load(file)) {
            List<Candidates> found = index.search(query, 10);
            for (Candidates candidates : found) {
                for (int i = 0; i < 10; i++) {
                    if (candidates.id(i) < 0 || candidates.id(i) >= N) {
                        wrong.add(what + " answers " + candidates.id(i));
                    }
                }
            }
            answered++;
        } catch (DamagedFileException e) {
            refused++;
        } catch (IOException e) {
            refused++;
            wrong.add(what + ": " + e);
        } catch (IllegalStateException e) {
            answered++; // fewer were found than asked for
        }
    }

    /** Transforms around transforms: FAISS reads them by recursion. */
    private void nested() throws IOException {
        Path file = folder.resolve("index");
        FaissIndex.builder().factory("RR16,Flat").build(features).save(file);
        IndexFile.Opened opened = IndexFile.read(file);
        byte[] body = body(file, opened);
        int flat = body.length - (37 + 8 + 4 * N * D); // a header, a size, the vectors
        byte[] outer = Arrays.copyOf(body, flat);
        ByteBuffer deep = ByteBuffer.allocate(outer.length * 20_000 + body.length);
        for (int i = 0; i < 20_000; i++) {
            deep.put(outer);
        }
        deep.put(body);
        write(file, opened.description(), deep.array());
        mustBeRefused("20,000 transforms", file);
    }

    private void memory() throws IOException {
        long kilobytes = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
        if (kilobytes > MOST_KILOBYTES) {
            wrong.add("it took " + kilobytes + " kB");
        }
    }
}
