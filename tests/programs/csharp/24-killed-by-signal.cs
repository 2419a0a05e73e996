using System;
using System.Diagnostics;
using System.Threading;

class KilledBySignal
{
    static void Main()
    {
        Console.WriteLine("goodbye");
        Console.Out.Flush();
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(30000);
        Console.WriteLine("never");
    }
}
