import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class Streams {
  public static void main(String[] args) {
    List<String> fruit = List.of("apple", "banana", "cherry", "avocado", "blueberry", "fig");
    TreeMap<Character, List<String>> initials =
        fruit.stream().collect(Collectors.groupingBy(name -> name.charAt(0), TreeMap::new, Collectors.toList()));
    System.out.println(initials);
    System.out.println(fruit.stream().collect(Collectors.partitioningBy(name -> name.length() > 5, Collectors.counting())));
    System.out.println(Stream.iterate(new long[] {0, 1}, pair -> new long[] {pair[1], pair[0] + pair[1]})
        .limit(15).map(pair -> String.valueOf(pair[0])).collect(Collectors.joining(",")));
    System.out.println(IntStream.rangeClosed(1, 1_000_000).parallel().filter(n -> n % 3 == 0).asLongStream().sum());
    TreeMap<Character, Long> letters = "mississippi".chars().mapToObj(c -> (char) c)
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    System.out.println(letters);
    System.out.println(Stream.of(1, 2, 3).flatMap(n -> Stream.of(n, -n)).toList());
  }
}
