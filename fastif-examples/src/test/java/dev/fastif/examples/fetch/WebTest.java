package dev.fastif.examples.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads by HTTP from a server on this machine. */
final class WebTest {
    private final Path folder;
    private final HttpServer server;
    private final byte[] content = new byte[300_000];
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch end = new CountDownLatch(1);

    WebTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        new Random(3).nextBytes(content);
    }

    @BeforeEach
    void serve() {
        server.createContext("/moved", exchange -> {
            exchange.getResponseHeaders().add("Location", "/file");
            exchange.sendResponseHeaders(301, -1);
            exchange.close();
        });
        server.createContext("/file", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.createContext("/cut", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.close();
        });
        server.createContext("/error", exchange -> {
            byte[] page = "sorry".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(503, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        server.createContext("/silent", exchange -> awaitEnd());
        server.createContext("/stalled", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.getResponseBody().flush();
            awaitEnd();
        });
        server.createContext("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(content);
            }
        });
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Servers that say nothing, before or after some of it, and one that never ends. */
    @ParameterizedTest
    @CsvSource({
        "/silent, said nothing for 1 seconds",
        "/stalled, nothing arrived for 1 seconds",
        "/endless, more arrives"
    })
    void noServerKeepsItWaiting(String path, String message) throws Exception {
        Download download = download(path);
        Web web = new Web(Duration.ofSeconds(1));
        UncheckedIOException e = assertThrows(
                UncheckedIOException.class,
                () -> assertTimeoutPreemptively(
                        Duration.ofSeconds(60), () -> download.into(folder, web, (done, total) -> {})));
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains(path), e.getMessage());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/silent", "/stalled"})
    void anInterruptEndsTheWaiting(String path) throws Exception {
        Thread caller = Thread.currentThread();
        Thread interrupter = new Thread(() -> {
            awaitWaiting(caller);
            caller.interrupt();
        });
        interrupter.start();
        UncheckedIOException e = assertThrows(
                UncheckedIOException.class, () -> download(path).into(folder, new Web(), (done, total) -> {}));
        assertTrue(Thread.interrupted(), "the flag stays set");
        assertTrue(String.valueOf(e.getMessage()).contains("interrupted"), e.getMessage());
        interrupter.join();
    }

    private static void awaitWaiting(Thread thread) {
        int waiting = 0;
        while (waiting < 20) {
            waiting = thread.getState() == Thread.State.RUNNABLE ? 0 : waiting + 1;
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Test
    void followsRedirectsAndTellsHowFarItIs() throws Exception {
        List<Long> heard = new ArrayList<>();
        download("/moved").into(folder, new Web(), (done, total) -> {
            assertEquals(content.length, total);
            heard.add(done);
        });
        assertEquals(-1, java.util.Arrays.mismatch(content, Files.readAllBytes(folder.resolve("set.bin"))));
        assertTrue(heard.size() > 2, heard::toString);
        assertEquals(heard.stream().sorted().toList(), heard);
        assertEquals(content.length, heard.get(heard.size() - 1));
    }

    @Test
    void failuresNameTheAddressAndLeaveNothing() throws Exception {
        for (String path : List.of("/error", "/cut")) {
            UncheckedIOException e = assertThrows(
                    UncheckedIOException.class, () -> download(path).into(folder, new Web(), (done, total) -> {}));
            assertTrue(String.valueOf(e.getMessage()).contains(path), e.getMessage());
            assertFalse(Files.exists(folder.resolve("set.bin")));
        }
        server.stop(0);
        UncheckedIOException e = assertThrows(
                UncheckedIOException.class, () -> download("/file").into(folder, new Web(), (done, total) -> {}));
        assertTrue(String.valueOf(e.getMessage()).contains("/file"), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains("no connection to 127.0.0.1"), e.getMessage());
    }

    private Download download(String path) throws Exception {
        return new Download(
                URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
                        + server.getAddress().getPort() + path),
                content.length,
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)),
                Map.of("", "set.bin"));
    }
}
