import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Scanner;

/** Dijkstra's algorithm; edges on stdin, the ends as arguments. */
class ShortestPath {
  record Edge(String to, int cost) {}
  record Step(String at, int total) {}

  public static void main(String[] args) {
    Map<String, List<Edge>> edges = new HashMap<>();
    var input = new Scanner(System.in);
    while (input.hasNext()) {
      String from = input.next(), to = input.next();
      int cost = input.nextInt();
      edges.computeIfAbsent(from, key -> new ArrayList<>()).add(new Edge(to, cost));
      edges.computeIfAbsent(to, key -> new ArrayList<>()).add(new Edge(from, cost));
    }
    Map<String, Integer> best = new HashMap<>(Map.of(args[0], 0));
    Map<String, String> before = new HashMap<>();
    var queue = new PriorityQueue<>(Comparator.comparingInt(Step::total));
    queue.add(new Step(args[0], 0));
    while (!queue.isEmpty()) {
      Step step = queue.poll();
      if (step.total > best.get(step.at)) continue;
      for (Edge edge : edges.get(step.at)) {
        int total = step.total + edge.cost;
        if (total >= best.getOrDefault(edge.to, Integer.MAX_VALUE)) continue;
        best.put(edge.to, total);
        before.put(edge.to, step.at);
        queue.add(new Step(edge.to, total));
      }
    }
    var path = new ArrayList<String>();
    for (String at = args[1]; at != null; at = before.get(at)) path.add(at);
    Collections.reverse(path);
    System.out.println(String.join(" -> ", path) + " = " + best.get(args[1]));
  }
}
