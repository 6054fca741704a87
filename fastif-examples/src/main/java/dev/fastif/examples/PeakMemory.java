package dev.fastif.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The most memory that this process had while it was watched, where Linux tells. Pages of mapped files count as resident, but
 * belong to the system, which drops them when it needs room; so what is the process's own is looked at ten times a second.
 */
final class PeakMemory implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long EVERY_MILLIS = 100;
    private static final double KIBIBYTES_PER_GIBIBYTE = 1 << 20;

    private final AtomicLong own = new AtomicLong();
    private final Thread watcher = new Thread(this::watchUntilInterrupted, "memory");

    private PeakMemory() {
        watcher.setDaemon(true);
    }

    static PeakMemory watch() {
        PeakMemory peak = new PeakMemory();
        peak.watcher.start();
        return peak;
    }

    private void watchUntilInterrupted() {
        try {
            while (true) {
                look();
                Thread.sleep(EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        own.accumulateAndGet(kibibytes("RssAnon:").orElse(0L), Math::max);
    }

    /** For people to read; empty where it cannot be told. */
    Optional<String> report() {
        look();
        return kibibytes("VmHWM:")
                .map(resident -> String.format(
                        Locale.ROOT,
                        "Memory: at most %.2f GiB of its own; %.2f GiB resident with mapped files, which the system may drop",
                        own.get() / KIBIBYTES_PER_GIBIBYTE,
                        resident / KIBIBYTES_PER_GIBIBYTE));
    }

    private static Optional<Long> kibibytes(String field) {
        try {
            List<String> lines = Files.readAllLines(STATUS);
            return lines.stream()
                    .filter(line -> line.startsWith(field))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty(); // not Linux
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
