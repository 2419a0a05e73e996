using System;
using System.IO;
using System.Linq;

class EnvironmentOfProgram
{
    static void Main()
    {
        Console.WriteLine("folder " + Environment.CurrentDirectory);
        Console.WriteLine("LANG " + Environment.GetEnvironmentVariable("LANG"));
        Console.WriteLine("path " + Environment.GetEnvironmentVariable("PATH").Split(':').Contains("/usr/bin"));
        Console.WriteLine("unset " + (Environment.GetEnvironmentVariable("SURELY_NOT_SET") ?? "null"));
        Console.WriteLine("temporary " + Path.GetTempPath());
        Console.WriteLine("encoding " + Console.OutputEncoding.WebName);
    }
}
