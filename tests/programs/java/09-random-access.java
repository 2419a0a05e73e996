import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Records of eight bytes in a temporary file: written, changed in place, mapped into memory, moved, removed. */
class RandomAccess {
  public static void main(String[] args) throws IOException {
    Path file = Files.createTempFile("records", ".bin");
    try (var records = new RandomAccessFile(file.toFile(), "rw")) {
      for (long number = 0; number < 100; number++) records.writeLong(number * number);
      records.seek(8 * 10);
      records.writeLong(-1);
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      long sum = 0;
      while (mapped.hasRemaining()) sum += mapped.getLong();
      System.out.println("sum " + sum + " size " + channel.size());
    }
    Path moved = file.resolveSibling("moved.bin");
    Files.move(file, moved, StandardCopyOption.REPLACE_EXISTING);
    System.out.println(Files.exists(file) + " " + Files.deleteIfExists(moved));
  }
}
