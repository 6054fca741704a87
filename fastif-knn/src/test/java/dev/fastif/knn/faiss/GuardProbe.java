package dev.fastif.knn.faiss;

import static dev.fastif.knn.Features.normal;

import dev.fastif.core.Candidates;
import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What {@link GuardTest} runs: misuse of every kind. Ends with status 0 if each attempt ended as it should. */
final class GuardProbe {
    private static final int D = 16;
    private static final List<String> KINDS = List.of("Flat", "IVF20,Flat", "HNSW16,Flat");

    private final Path folder;
    private final INDArray features = normal(1, 1000, D).castTo(DataType.FLOAT);
    private final INDArray query = normal(2, 1, D).castTo(DataType.FLOAT);
    private final List<String> wrong = new ArrayList<>();
    private int probes;

    private GuardProbe(Path folder) {
        this.folder = folder;
    }

    /** The folder, then what to try, one after the other. What is tried is said first, so that the last line of a crash names it. */
    public static void main(String... arguments) throws Exception {
        GuardProbe probe = new GuardProbe(Path.of(arguments[0]));
        for (String kind : Arrays.asList(arguments).subList(1, arguments.length)) {
            System.out.println("== " + kind);
            probe.run(kind);
        }
        probe.wrong.forEach(System.out::println);
        System.out.println(
                probe.wrong.isEmpty() ? probe.probes + " probes, all held" : probe.wrong.size() + " went wrong");
        System.exit(probe.wrong.isEmpty() ? 0 : 1);
    }

    private void run(String kind) throws Exception {
        switch (kind) {
            case "arguments" -> arguments();
            case "factories" -> factories();
            case "files" -> files();
            case "full" -> fullDisk();
            case "threads" -> searchWhileClosing();
            case "memory" -> memory();
            case "structure" -> wrong.addAll(new StructureProbe(folder).run());
            default -> throw new IllegalArgumentException(kind);
        }
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private void expect(Class<? extends Exception> type, String mention, String name, Attempt attempt) {
        probes++;
        System.out.println(name);
        try {
            attempt.run();
            wrong.add(name + ": went through");
        } catch (Exception e) {
            if (!type.isInstance(e) || !String.valueOf(e.getMessage()).contains(mention)) {
                wrong.add(name + ": " + e);
            }
        }
    }

    private void arguments() {
        for (String kind : KINDS) {
            FaissIndex.Builder builder = FaissIndex.builder().factory(kind);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                INDArray damaged = features.dup().putScalar(137, 3, bad);
                expect(IllegalArgumentException.class, "non-finite", kind + " builds", () -> builder.build(damaged));
            }
            INDArray beyondFloat = features.castTo(DataType.DOUBLE).putScalar(137, 3, 1e39);
            expect(IllegalArgumentException.class, "overflow", kind + " 1e39", () -> builder.build(beyondFloat));
            expect(IllegalArgumentException.class, "[N, d]", kind + " d = 0", () -> builder.build(Nd4j.empty()));
            expect(IllegalArgumentException.class, "[N, d]", kind + " rank", () -> builder.build(Nd4j.zeros(3)));
            try (FaissIndex index = builder.build(features)) {
                badSearches(kind, index);
                index.close();
                expect(IllegalStateException.class, "closed", kind, () -> index.search(query, 1));
                expect(IllegalStateException.class, "closed", kind, () -> index.save(folder.resolve("closed")));
            }
        }
        expect(IllegalArgumentException.class, "nprobe is 0", "nprobe", () -> FaissIndex.builder()
                .nprobe(0));
        expect(IllegalArgumentException.class, "nprobe is for IVF", "nprobe", () -> FaissIndex.builder()
                .nprobe(3)
                .build(features));
        expect(IllegalArgumentException.class, "efSearch is for HNSW", "efSearch", () -> FaissIndex.builder()
                .efSearch(3)
                .build(features));
        INDArray few = normal(3, 19, D);
        expect(IllegalArgumentException.class, "take fewer lists", "too few to train", () -> FaissIndex.builder()
                .factory("IVF20,Flat")
                .build(few));
        nativeChecks();
    }

    private void badSearches(String kind, FaissIndex index) {
        for (int k : new int[] {0, -1, Integer.MIN_VALUE, 1001, Integer.MAX_VALUE}) {
            expect(IllegalArgumentException.class, "k is " + k, kind, () -> index.search(query, k));
        }
        INDArray nan = query.dup().putScalar(0, 5, Double.NaN);
        expect(IllegalArgumentException.class, "non-finite", kind + " NaN query", () -> index.search(nan, 5));
        INDArray huge = query.dup().putScalar(0, 5, 1e37);
        expect(IllegalArgumentException.class, "overflow", kind + " huge query", () -> index.search(huge, 5));
        for (long[] shape : new long[][] {{1, 4}, {1, 17}, {16}, {1, 1, 16}, {16, 1}}) {
            INDArray shaped = Nd4j.zeros(DataType.FLOAT, shape);
            expect(IllegalArgumentException.class, "[q, 16]", kind, () -> index.search(shaped, 5));
        }
        Candidates all = index.search(query, 1000).get(0);
        probes++;
        if (!Arrays.equals(
                Arrays.stream(all.ids()).sorted().toArray(),
                IntStream.range(0, 1000).toArray())) {
            wrong.add(kind + ": k = n does not give all examples");
        }
    }

    /** What no caller of the public API reaches: the native functions check once more. */
    private void nativeChecks() {
        FaissNative.require();
        expect(RuntimeException.class, "positive", "d = 0", () -> FaissLibrary.create(0, "Flat"));
        expect(RuntimeException.class, "positive", "d = -5", () -> FaissLibrary.create(-5, "Flat"));
        NativeIndex untrained = NativeIndex.of(() -> FaissLibrary.create(D, "IVF20,Flat"), handle -> {});
        try (untrained;
                FloatPointer x = new FloatPointer(D);
                FloatPointer distances = new FloatPointer(1);
                LongPointer ids = new LongPointer(1);
                DoublePointer out = new DoublePointer(1)) {
            x.put(new float[D]);
            untrained.use(handle -> {
                expect(RuntimeException.class, "trained", "untrained", () -> FaissLibrary.add(handle, 1, x, 1));
                expect(
                        RuntimeException.class,
                        "1 to",
                        "untrained",
                        () -> FaissLibrary.search(handle, 1, x, 1, 1, distances, ids));
                for (long id : new long[] {-1, 0, 99_999, Long.MAX_VALUE}) {
                    ids.put(0, id);
                    expect(
                            RuntimeException.class,
                            "outside",
                            "id " + id,
                            () -> FaissLibrary.distances(handle, x, 1, ids, out));
                }
                return handle;
            });
        }
    }

    /** Odd factory strings: an exception, or an index that answers. */
    private void factories() {
        String[] refused = {
            "",
            " ",
            "flat",
            "Nope",
            "IVF",
            "IVF20",
            "IVF0,Flat",
            "IVF-1,Flat",
            "IVF1001,Flat",
            "IVF999999999,Flat",
            "IVF99999999999999999999,Flat",
            "HNSW0,Flat",
            "HNSW1,Flat",
            "HNSW999999,Flat",
            "HNSW-3",
            "PQ3x4",
            "PQ0",
            "PQ99999999",
            "IVF20,PQ7",
            "SQ5",
            "Flat,Flat",
            "Flat\u0000",
            "Fl\u00e4t",
            "%s%n",
            "PCA17,Flat",
            "PCA0,Flat",
            "IVF20(,Flat",
            "IVF20(Flat",
            ")",
            "IDMap",
            "IDMap,Flat",
            ",Flat",
            "IVF20,",
            "x".repeat(100_000),
            "Refine(",
            "OPQ3,PQ3",
            "Pad0,Flat",
            "SQfp99",
            "IVF20_HNSW1,Flat",
            "IVF20_HNSW0,Flat",
            "PQ4x0",
            "PQ4x13",
            "PQ4x40",
            "Residual4x4,PQ4",
            "NSG16,Flat",
            "LSH",
            "L2norm,Flat",
            "IVF10,PQ4+4",
            "IMI2x12,Flat",
            "RQ2x4",
            "PQ4x12"
        };
        for (String factory : refused) {
            String shown = factory.substring(0, Math.min(30, factory.length()));
            expect(IllegalArgumentException.class, "", shown, () -> answer(factory));
        }
        String[] tried = {
            "IVF1000,Flat",
            "IVF1,Flat",
            "HNSW2,Flat",
            "HNSW32",
            "HNSW32,SQ8",
            "HNSW512,Flat",
            "PQ4x4",
            "PQ16x4fs",
            "PQ5x4fs",
            "IVF10,PQ4x4fs",
            "SQ8",
            "SQ6",
            "SQ4",
            "SQfp16",
            "IVF20,SQ8",
            "PCA8,Flat",
            "PCA8,IVF10,Flat",
            "PCAR8,PQ4x4",
            "OPQ4,PQ4x4",
            "OPQ4_8,PQ4x4",
            "IVF10_HNSW8,Flat",
            "RR8,Flat",
            "IVF10,Flat,RFlat",
            "PQ4x4,RFlat",
            "PQ4x4,Refine(SQ8)",
            "IVF10,PQ4x4np",
            "PQ1x1",
            "PQ16x2",
            "IVF900,SQ4",
            "PCA1,Flat",
            "PCA16,HNSW8,Flat",
            "RR16,RR4,Flat",
            "PCA4,RR16,Flat",
            "HNSW16,Flat,RFlat"
        };
        for (String factory : tried) {
            long start = System.nanoTime();
            probes++;
            System.out.println(factory);
            try {
                answer(factory);
                System.out.printf("'%s' answers, %d ms%n", factory, (System.nanoTime() - start) / 1_000_000);
            } catch (IllegalArgumentException | IllegalStateException e) {
                System.out.printf("'%s' is refused: %s%n", factory, e.getMessage());
            }
        }
    }

    private void answer(String factory) {
        try (FaissIndex index = FaissIndex.builder().factory(factory).build(features)) {
            Candidates found = index.search(query, 10).get(0);
            for (int i = 0; i < 10; i++) {
                if (found.id(i) < 0 || found.id(i) >= 1000 || !Double.isFinite(found.squaredDistance(i))) {
                    wrong.add(factory + " answers nonsense: " + found.id(i) + " at " + found.squaredDistance(i));
                }
            }
        }
    }

    private void files() throws Exception {
        for (String kind : KINDS) {
            Path file = folder.resolve(kind);
            FaissIndex index = FaissIndex.builder().factory(kind).build(features);
            index.save(file);
            byte[] good = Files.readAllBytes(file);
            Random random = new Random(7);
            for (int i = 0; i < 300; i++) {
                byte[] bad = good.clone();
                // the first hundred in the header and what follows it, the next in the checksums behind
                int at = random.nextInt(i < 100 ? 200 : good.length);
                at = i >= 100 && i < 150 ? good.length - 1 - at % 20 : at;
                bad[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bad);
                expectDamage(file, kind + " flipped at " + at);
            }
            for (int length : new int[] {0, 1, 7, 8, 12, 15, 16, 20, 40, 60, 100, good.length / 2, good.length - 1}) {
                Files.write(file, Arrays.copyOf(good, length));
                expectDamage(file, kind + " cut to " + length);
            }
            Files.write(file, Arrays.copyOf(good, good.length + 1));
            expectDamage(file, kind + " with more");
            Files.write(file, good);
            FaissIndex.load(file).close();
        }
        Path foreign = folder.resolve("foreign");
        Files.writeString(foreign, "premise\thypothesis\tlabel\n".repeat(100));
        expectDamage(foreign, "foreign");
        expect(NoSuchFileException.class, "no", "missing", () -> FaissIndex.load(folder.resolve("no")));
        expect(IOException.class, "folder", "folder", () -> FaissIndex.load(folder));
        FaissIndex index = FaissIndex.builder().build(features);
        expect(IOException.class, "folder", "onto a folder", () -> index.save(folder));
        expect(IOException.class, "/nowhere/i", "no folder", () -> index.save(folder.resolve("nowhere/i")));
        expect(IOException.class, "/proc", "unwritable folder", () -> index.save(Path.of("/proc/index")));
    }

    private void expectDamage(Path file, String name) {
        expect(DamagedFileException.class, file + " is damaged", name, () -> FaissIndex.load(file));
    }

    /** Runs where files cannot grow beyond 200 kB. */
    private void fullDisk() throws Exception {
        Path file = folder.resolve("index");
        FaissIndex small = FaissIndex.builder().build(features);
        small.save(file);
        for (String kind : KINDS) {
            FaissIndex large = FaissIndex.builder().factory(kind).build(normal(3, 5000, D));
            expect(IOException.class, "could not be written", kind, () -> large.save(file));
        }
        try (FaissIndex still = FaissIndex.load(file)) {
            if (still.size() != 1000) {
                wrong.add("the old index is gone");
            }
        }
        try (Stream<Path> all = Files.list(folder)) {
            all.filter(path -> path.toString().endsWith(".part")).forEach(path -> wrong.add(path + " is left"));
        }
        probes += 2;
    }

    private void searchWhileClosing() throws Exception {
        INDArray queries = normal(4, 40, D).castTo(DataType.FLOAT);
        for (int round = 0; round < 30; round++) {
            String kind = KINDS.get(round % 3);
            FaissIndex index = FaissIndex.builder().factory(kind).build(features);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(new Thread(() -> {
                    try {
                        while (true) {
                            index.search(queries, 50);
                        }
                    } catch (IllegalStateException e) {
                        if (!String.valueOf(e.getMessage()).contains("closed")) {
                            synchronized (wrong) {
                                wrong.add(kind + ": " + e);
                            }
                        }
                    }
                }));
            }
            threads.forEach(Thread::start);
            Thread.sleep(round);
            index.close();
            for (Thread thread : threads) {
                thread.join();
            }
            probes++;
        }
    }

    /** Resident memory after 1,000 indexes is that after 100. */
    private void memory() throws Exception {
        INDArray points = normal(5, 2500, D).castTo(DataType.FLOAT);
        long before = 0;
        for (int i = 0; i < 1000; i++) {
            if (i == 100) {
                before = residentKilobytes();
            }
            FaissIndex.builder()
                    .factory(i % 50 == 0 ? "IVF8,Flat" : "Flat")
                    .build(points)
                    .close();
        }
        long after = residentKilobytes();
        System.out.printf("resident after 100 and 1,000 indexes of 160 kB: %d and %d kB%n", before, after);
        // 900 leaked indexes would take 144 MB
        if (after - before > 60_000) {
            wrong.add("memory grew by " + (after - before) + " kB");
        }
        probes++;
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }
}
