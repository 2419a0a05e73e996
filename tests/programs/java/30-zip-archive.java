import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

class ZipArchive {
  public static void main(String[] args) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (String name : new String[] {"a.txt", "sub/b.txt", "übung.txt"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(name.repeat(1000).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    System.out.println("smaller " + (bytes.size() < 2000));
    try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        System.out.println(entry.getName() + " " + zip.readAllBytes().length);
      }
    }
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write("again ".repeat(100).getBytes(StandardCharsets.US_ASCII));
    }
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(packed.toByteArray()))) {
      System.out.println(gzip.readAllBytes().length);
    }
  }
}
