import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;

class Environment {
  public static void main(String[] args) {
    System.out.println("folder " + Path.of("").toAbsolutePath());
    System.out.println("LANG " + System.getenv("LANG"));
    System.out.println("path " + List.of(System.getenv("PATH").split(":")).contains("/usr/bin"));
    System.out.println("unset " + System.getenv("SURELY_NOT_SET"));
    System.out.println("charset " + Charset.defaultCharset());
    System.out.println("temporary " + System.getProperty("java.io.tmpdir"));
  }
}
