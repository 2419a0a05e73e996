using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;

/// A server and its clients in one process, on the loopback that every box has.
class Loopback
{
    static async Task Serve(TcpListener listener)
    {
        using (var client = await listener.AcceptTcpClientAsync())
        using (var reader = new StreamReader(client.GetStream()))
        using (var writer = new StreamWriter(client.GetStream()) { AutoFlush = true })
        {
            for (string line; (line = await reader.ReadLineAsync()) != null;) await writer.WriteLineAsync(line.ToUpperInvariant());
        }
    }

    static void Main() => Run().Wait();

    static async Task Run()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var server = Serve(listener);
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
            var reader = new StreamReader(client.GetStream());
            foreach (string word in new[] { "hello", "größe" })
            {
                await writer.WriteLineAsync(word);
                Console.WriteLine(await reader.ReadLineAsync());
            }
        }
        await server;
        listener.Stop();
        try
        {
            new TcpClient("127.0.0.1", port).Close();
        }
        catch (SocketException refused)
        {
            Console.WriteLine(refused.SocketErrorCode);
        }
    }
}
