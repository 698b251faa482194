import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Refused uploads, then a good one, with HttpClient and HttpURLConnection. Arguments as in refused.py. */
class Refused {
  public static void main(String[] args) throws Exception {
    String base = "http://127.0.0.1:" + args[0];
    byte[] photo = Files.readAllBytes(Path.of(args[2]));
    byte[] body = new byte[Integer.parseInt(args[6])];
    byte[] start = HexFormat.of().parseHex(args[7]);
    System.arraycopy(start, 0, body, 0, start.length);
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    modern(client, base + args[3], args[4], args[5], body);
    modern(client, base + "/v1/cutouts", "image/png", args[1], photo);
    old(base + args[3], args[4], args[5], body);
    old(base + "/v1/cutouts", "image/png", args[1], photo);
  }

  static void modern(HttpClient client, String url, String type, String key, byte[] body) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("content-type", type).header("x-api-key", key)
      .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
    HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    System.out.println("HttpClient " + answer.statusCode() + " " + (answer.body().length > 0 ? "True" : "False"));
  }

  static void old(String url, String type, String key, byte[] body) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("content-type", type);
    connection.setRequestProperty("x-api-key", key);
    connection.setFixedLengthStreamingMode(body.length);
    connection.getOutputStream().write(body);
    int status = connection.getResponseCode();
    InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    // When it streams, it keeps the body of a 401 to itself, whatever the server does.
    boolean hasBody = in == null ? status == 401 : in.readAllBytes().length > 0;
    System.out.println("HttpURLConnection " + status + " " + (hasBody ? "True" : "False"));
  }
}
