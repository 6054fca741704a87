package dev.fastif.examples.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

/** Opens addresses by HTTP, through the proxy that the JVM's properties name. Thread-safe. */
public final class Web implements Download.Opener {
    private static final int OK = 200;

    private final Duration patience;
    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(30))
            .build();

    /** Gives up when a server says nothing for a minute. */
    public Web() {
        this(Duration.ofMinutes(1));
    }

    /** Gives up when a server says nothing for as long as this. */
    Web(Duration patience) {
        this.patience = patience;
    }

    @Override
    public InputStream open(URI address) throws IOException {
        try {
            HttpResponse<InputStream> response = client.send(
                    HttpRequest.newBuilder(address).timeout(patience).build(), info -> new ArrivingBody(patience));
            if (response.statusCode() != OK) {
                response.body().close();
                throw new IOException("the server answered " + response.statusCode());
            }
            return response.body();
        } catch (ConnectException e) {
            // the exception's own message is null
            throw new IOException(
                    "there is no connection to " + address.getHost()
                            + "; check the network, or name its proxy: FASTIF_JAVA_OPTS='-Dhttps.proxyHost=HOST"
                            + " -Dhttps.proxyPort=PORT'",
                    e);
        } catch (HttpTimeoutException e) {
            throw new IOException(
                    address.getHost() + " said nothing for " + patience.toSeconds() + " seconds; try again later", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }
}
