import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Scanner;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Compiled once while the image is made: what the compiler loads for it, it loads for most programs. */
final class Warm {
  record Point(int x, String y) {}

  public static void main(String[] arguments) throws Exception {
    var counts = new TreeMap<String, Integer>();
    try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) counts.merge(line, 1, Integer::sum);
    }
    new Scanner("1 two 3.5").nextInt();
    var groups =
        IntStream.range(0, 100).boxed().collect(Collectors.groupingBy(number -> number % 7, Collectors.counting()));
    System.out.println("groups " + groups + " of " + counts.size() + new Point(1, "a") + new HashMap<>(counts));
    System.out.printf("%d %s %.2f %5s%n", 1, "text", 2.5, 'c');
    System.out.println(String.format("%08x", 255) + List.of(1, 2, 3).stream().map(n -> n * 2).toList());
    try (var pool = Executors.newFixedThreadPool(2)) {
      pool.submit(() -> new ConcurrentHashMap<>(counts)).get();
    }
    var thread = new Thread(() -> new ArrayDeque<>(List.of(1)).poll());
    thread.start();
    thread.join();
    Path file = Files.createTempFile("warm", ".txt");
    Files.writeString(file, "text\n");
    System.out.println(Files.readAllLines(file) + Pattern.compile("(\\w+)").matcher("a b").replaceAll("$1$1"));
    Files.delete(file);
    System.out.println(LocalDate.of(2024, 2, 29).plusYears(1) + " " + Duration.ofSeconds(61) + Instant.EPOCH);
    try {
      throw new IOException("caught");
    } catch (IOException caught) {
      caught.printStackTrace(System.out);
    }
  }
}
