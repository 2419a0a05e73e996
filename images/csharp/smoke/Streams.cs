// Reads stdin, writes both streams, and chooses its own exit code: 7.
using System;

class Streams
{
    static int Main(string[] arguments)
    {
        string text = Console.In.ReadToEnd();
        Console.WriteLine($"out: {text.Length} characters, {arguments.Length} arguments");
        Console.Error.WriteLine("err: a line on stderr");
        return 7;
    }
}
