using System;

class ExitCode
{
    static void Check(int level)
    {
        AppDomain.CurrentDomain.ProcessExit += (sender, end) => Console.WriteLine("the handler runs");
        if (level > 3) Environment.Exit(level * 10 + 2);
    }

    static int Main()
    {
        Console.WriteLine("before");
        Check(4);
        Console.WriteLine("never");
        return 1;
    }
}
