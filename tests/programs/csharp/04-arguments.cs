using System;

class Arguments
{
    static void Main(string[] args)
    {
        Console.WriteLine(args.Length);
        for (int index = 0; index < args.Length; index++) Console.WriteLine($"{index} [{args[index]}]");
        Console.WriteLine(Environment.GetCommandLineArgs().Length - args.Length);
    }
}
