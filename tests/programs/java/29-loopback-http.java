import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** A server and its client in one process, on the loopback that every box has. */
class LoopbackHttp {
  public static void main(String[] args) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/echo", exchange -> {
      byte[] body = exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().add("X-Method", exchange.getRequestMethod());
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    var client = HttpClient.newHttpClient();
    var request = HttpRequest.newBuilder(uri.resolve("/echo")).POST(HttpRequest.BodyPublishers.ofString("héllo")).build();
    var response = client.send(request, BodyHandlers.ofString());
    System.out.println(response.statusCode() + " " + response.headers().firstValue("X-Method").get() + " " + response.body());
    var missing = client.send(HttpRequest.newBuilder(uri.resolve("/other")).build(), BodyHandlers.discarding());
    System.out.println(missing.statusCode());
    server.stop(0);
    System.exit(0);
  }
}
