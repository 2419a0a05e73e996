using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;

class Maps
{
    static void Main()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string key in "a b c a d e a".Split(' '))
        {
            counts.TryGetValue(key, out int count);
            counts[key] = count + 1;
        }
        Console.WriteLine(string.Join(" ", counts.Select(pair => $"{pair.Key}={pair.Value}")));
        var large = new Dictionary<int, int>();
        for (int key = 0; key < 200000; key++) large[key * 31] = key;
        Console.WriteLine($"{large.Count} {large[31 * 777]} {large.ContainsKey(1)}");
        var left = new HashSet<int> { 1, 2, 3, 5, 8 };
        left.IntersectWith(Enumerable.Range(2, 4));
        Console.WriteLine(string.Join(",", left.OrderBy(one => one)));
        var shared = new ConcurrentDictionary<int, int>();
        Enumerable.Range(0, 10000).AsParallel().ForAll(number => shared.AddOrUpdate(number % 7, 1, (_, old) => old + 1));
        Console.WriteLine(shared.Values.Sum());
        var queue = new Queue<(string Name, int Rank)>();
        queue.Enqueue(("first", 1));
        queue.Enqueue(("second", 2));
        var (name, rank) = queue.Dequeue();
        Console.WriteLine($"{name} {rank}, then {queue.Peek().Name}");
        try
        {
            Console.WriteLine(large[1]);
        }
        catch (KeyNotFoundException)
        {
            Console.WriteLine("no such key");
        }
    }
}
