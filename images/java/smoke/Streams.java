// Reads stdin, writes both streams, and chooses its own exit code: 7.
public class Streams {
  public static void main(String[] arguments) throws Exception {
    String text = new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    System.out.println("out: " + text.length() + " characters, " + arguments.length + " arguments");
    System.err.println("err: a line on stderr");
    System.exit(7);
  }
}
