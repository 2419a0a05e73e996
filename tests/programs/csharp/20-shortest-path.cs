using System;
using System.Collections.Generic;
using System.Linq;

/// Dijkstra's algorithm; edges on stdin, the ends as arguments.
class ShortestPath
{
    static void Main(string[] args)
    {
        var edges = new List<(string From, string To, int Cost)>();
        for (string line; (line = Console.ReadLine()) != null;)
        {
            string[] words = line.Split(' ');
            edges.Add((words[0], words[1], int.Parse(words[2])));
            edges.Add((words[1], words[0], int.Parse(words[2])));
        }
        var from = edges.ToLookup(edge => edge.From);
        var best = new Dictionary<string, int> { [args[0]] = 0 };
        var before = new Dictionary<string, string>();
        var open = new SortedSet<(int Total, string At)> { (0, args[0]) };
        while (open.Count > 0)
        {
            var step = open.Min;
            open.Remove(step);
            foreach (var edge in from[step.At])
            {
                int total = step.Total + edge.Cost;
                if (best.TryGetValue(edge.To, out int known) && known <= total) continue;
                open.Remove((known, edge.To));
                best[edge.To] = total;
                before[edge.To] = step.At;
                open.Add((total, edge.To));
            }
        }
        var path = new Stack<string>();
        for (string at = args[1]; at != null; before.TryGetValue(at, out at)) path.Push(at);
        Console.WriteLine($"{string.Join(" -> ", path)} = {best[args[1]]}");
    }
}
