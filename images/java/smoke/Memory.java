// The heap is half of what MEM allows, running out of it is an exception, and /tmp is there to write. Prints `ok` and exits 0.
import java.nio.file.Files;
import java.util.ArrayList;

public class Memory {
  public static void main(String[] arguments) throws Exception {
    var held = new ArrayList<byte[]>();
    try {
      while (true) held.add(new byte[8 << 20]);
    } catch (OutOfMemoryError error) {
      held.clear();
    }
    var file = Files.createTempFile("memory", ".bin");
    Files.write(file, new byte[1 << 20]);
    if (Files.size(file) != 1 << 20) throw new IllegalStateException("size: " + Files.size(file));
    System.out.println("ok");
  }
}
