import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.logging.Level;
import java.util.logging.Logger;

/** An application that knows nothing of telemetry: OpenTelemetry's agent records its requests, its log and its JVM. */
public class Sender {
  private static final Logger LOGGER = Logger.getLogger("sender");

  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      LOGGER.log(Level.SEVERE, "it failed for order 7", new IllegalStateException("no such thing ✓"));
      exchange.sendResponseHeaders(500, -1);
      exchange.close();
    });
    server.start();
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/orders?card=4111");
    HttpClient.newHttpClient().send(HttpRequest.newBuilder(address).build(), BodyHandlers.discarding());
    server.stop(0);
  }
}
