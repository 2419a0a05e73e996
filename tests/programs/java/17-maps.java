import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

class Maps {
  enum Level { LOW, MIDDLE, HIGH }

  static class Recent<K, V> extends LinkedHashMap<K, V> {
    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > 3;
    }
  }

  public static void main(String[] args) {
    var recent = new Recent<String, Integer>();
    for (String key : "a b c a d e a".split(" ")) recent.merge(key, 1, Integer::sum);
    System.out.println(recent);
    var levels = new EnumMap<Level, Integer>(Level.class);
    for (int number : new int[] {1, 50, 99, 3}) levels.merge(number < 10 ? Level.LOW : number < 60 ? Level.MIDDLE : Level.HIGH, 1, Integer::sum);
    System.out.println(levels);
    var tree = new TreeMap<>(Map.of(10, "ten", 20, "twenty", 30, "thirty"));
    System.out.println(tree.floorEntry(25) + " " + tree.headMap(20, true) + " " + tree.descendingMap());
    var large = new HashMap<Integer, Integer>();
    for (int key = 0; key < 200_000; key++) large.put(key * 31, key);
    System.out.println(large.size() + " " + large.get(31 * 777));
  }
}
