import java.util.Comparator;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;

class WordCount {
  public static void main(String[] args) {
    Map<String, Integer> counts = new TreeMap<>();
    try (Scanner words = new Scanner(System.in).useDelimiter("[^\\p{L}']+")) {
      while (words.hasNext()) counts.merge(words.next().toLowerCase(), 1, Integer::sum);
    }
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey()))
        .limit(5)
        .forEach(entry -> System.out.println(entry.getKey() + " " + entry.getValue()));
  }
}
