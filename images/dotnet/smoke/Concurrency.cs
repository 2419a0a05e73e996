// Threads, tasks and a subprocess work inside the box. Prints `ok` and exits 0.
using System.Diagnostics;

int count = 0;
var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() => Interlocked.Add(ref count, 1000))).ToList();
threads.ForEach(thread => thread.Start());
threads.ForEach(thread => thread.Join());
await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
{
    await Task.Delay(1);
    Interlocked.Increment(ref count);
}));
if (count != 8100) throw new InvalidOperationException($"count: {count}");

using var child = Process.Start(new ProcessStartInfo("sh", ["-c", "exit 3"])) ?? throw new InvalidOperationException("no child");
child.WaitForExit();
if (child.ExitCode != 3) throw new InvalidOperationException($"child: {child.ExitCode}");
Console.WriteLine("ok");
