package dev.fastif.examples.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as a stream that ends with an error if nothing arrives for too long. (The stream of the JDK waits for ever.)
 * To be read by one thread.
 */
final class ArrivingBody extends InputStream implements BodySubscriber<InputStream> {
    /** What comes: some bytes, or the end of them with the error that ended them. */
    private record Piece(
            List<ByteBuffer> bytes, boolean last, @Nullable Throwable error) {}

    private final Duration patience;
    private final BlockingQueue<Piece> arrived = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private Piece piece = new Piece(List.of(), false, null);
    private int next;

    ArrivingBody(Duration patience) {
        this.patience = patience;
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (subscription.complete(given)) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        arrived.add(new Piece(bytes, false, null));
    }

    @Override
    public void onError(Throwable error) {
        arrived.add(new Piece(List.of(), true, error));
    }

    @Override
    public void onComplete() {
        arrived.add(new Piece(List.of(), true, null));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            for (; next < piece.bytes.size(); next++) {
                ByteBuffer bytes = piece.bytes.get(next);
                if (bytes.hasRemaining()) {
                    int n = Math.min(length, bytes.remaining());
                    bytes.get(target, offset, n);
                    return n;
                }
            }
            if (piece.last) {
                if (piece.error != null) {
                    throw new IOException(piece.error.getMessage(), piece.error);
                }
                return -1;
            }
            piece = await();
            next = 0;
        }
    }

    private Piece await() throws IOException {
        try {
            Piece found = arrived.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (found == null) {
                close();
                throw new IOException("nothing arrived for " + patience.toSeconds() + " seconds; try again later");
            }
            if (!found.last) {
                subscription.join().request(1);
            }
            return found;
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    /** Tells the server to stop. */
    @Override
    public void close() {
        var unused = subscription.thenAccept(Flow.Subscription::cancel);
    }
}
