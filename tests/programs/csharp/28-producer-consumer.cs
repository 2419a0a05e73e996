using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

class ProducerConsumer
{
    static void Main()
    {
        using (var queue = new BlockingCollection<int>(10))
        {
            long sum = 0;
            var consumers = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(() =>
            {
                foreach (int item in queue.GetConsumingEnumerable()) Interlocked.Add(ref sum, item);
            }, TaskCreationOptions.LongRunning)).ToArray();
            for (int item = 1; item <= 5000; item++) queue.Add(item);
            queue.CompleteAdding();
            Task.WaitAll(consumers);
            Console.WriteLine($"sum {sum}, left {queue.Count}");
        }
        var gate = new SemaphoreSlim(2);
        int inside = 0, most = 0;
        Task.WaitAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await gate.WaitAsync();
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Delay(2);
            Interlocked.Decrement(ref inside);
            gate.Release();
        }).ToArray());
        Console.WriteLine($"at most 2: {most <= 2}");
    }
}
