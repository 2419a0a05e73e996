// Threads, tasks, a subprocess and a loopback socket work inside the box. Prints `ok` and exits 0.
using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

class Concurrency
{
    static int count;

    static async Task Add()
    {
        await Task.Delay(1);
        Interlocked.Increment(ref count);
    }

    static void Main()
    {
        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() => { for (int i = 0; i < 1000; i++) Interlocked.Increment(ref count); })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Task.WaitAll(Enumerable.Range(0, 100).Select(_ => Add()).ToArray());
        if (count != 8100) throw new Exception($"count: {count}");

        using (var child = Process.Start(new ProcessStartInfo("sh", "-c \"exit 3\"") { UseShellExecute = false }))
        {
            child.WaitForExit();
            if (child.ExitCode != 3) throw new Exception($"child: {child.ExitCode}");
        }

        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using (var near = new TcpClient("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port))
        using (var far = listener.AcceptTcpClient())
        {
            near.GetStream().WriteByte(42);
            if (far.GetStream().ReadByte() != 42) throw new Exception("socket");
        }
        Console.WriteLine("ok");
    }
}
