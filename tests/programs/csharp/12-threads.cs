using System;
using System.Linq;
using System.Threading;

/// Counts primes in parts, each in a thread of its own.
class Threads
{
    static bool Prime(int number) =>
        number > 1 && Enumerable.Range(2, Math.Max(0, (int)Math.Sqrt(number) - 1)).All(divisor => number % divisor != 0);

    static void Main()
    {
        var counts = new int[10];
        var threads = counts.Select((_, part) => new Thread(() =>
            counts[part] = Enumerable.Range(part * 10000, 10000).Count(Prime))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Console.WriteLine($"{string.Join(" ", counts)} = {counts.Sum()}");
        int shared = 0;
        object door = new object();
        var adders = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int turn = 0; turn < 10000; turn++) lock (door) shared++;
        })).ToList();
        adders.ForEach(adder => adder.Start());
        adders.ForEach(adder => adder.Join());
        Console.WriteLine(shared);
    }
}
