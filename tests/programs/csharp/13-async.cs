using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

class Async
{
    static async Task<long> Square(int number)
    {
        await Task.Delay(number % 5);
        return (long)number * number;
    }

    static void Main() => Run().GetAwaiter().GetResult();

    static async Task Run()
    {
        long[] squares = await Task.WhenAll(Enumerable.Range(1, 1000).Select(Square));
        Console.WriteLine(squares.Sum());
        Console.WriteLine(Enumerable.Range(1, 100000).AsParallel().Where(number => number % 3 == 0).Sum(number => (long)number));
        using (var source = new CancellationTokenSource(20))
        {
            try
            {
                await Task.Delay(10000, source.Token);
                Console.WriteLine("late");
            }
            catch (OperationCanceledException)
            {
                Console.WriteLine("cancelled");
            }
        }
        long total = 0;
        Parallel.For(0, 1000, number => Interlocked.Add(ref total, number));
        Console.WriteLine(total);
        try
        {
            await Task.Run(() => { if (total > 0) throw new InvalidOperationException("in a task"); });
        }
        catch (InvalidOperationException error)
        {
            Console.WriteLine(error.Message);
        }
    }
}
