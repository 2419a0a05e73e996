using System;

/// An error in another thread ends the whole program.
class FailInThread
{
    static void Main()
    {
        var thread = new System.Threading.Thread(() => throw new InvalidOperationException("in another thread"));
        Console.WriteLine("starting");
        thread.Start();
        thread.Join();
        System.Threading.Thread.Sleep(10000);
        Console.WriteLine("never");
    }
}
