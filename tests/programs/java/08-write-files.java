import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class WriteFiles {
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of("java-report/2024"));
    Path summary = folder.resolve("summary.txt");
    Files.write(summary, List.of("total: 3", "größte: 7"));
    Files.writeString(summary, "end\n", java.nio.file.StandardOpenOption.APPEND);
    try (var out = Files.newBufferedWriter(folder.resolve("table.csv"))) {
      for (int row = 1; row <= 3; row++) out.write(row + "," + row * row + "\n");
    }
    try (var paths = Files.walk(Path.of("java-report"))) {
      paths.sorted().forEach(System.out::println);
    }
  }
}
