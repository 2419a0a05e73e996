using System;

/// Numbers the lines of stdin, which ends without a newline.
class NumberLines
{
    static void Main()
    {
        int number = 0;
        string line;
        while ((line = Console.ReadLine()) != null) Console.WriteLine("{0,3}  {1}", ++number, line);
        Console.WriteLine($"{number} lines");
    }
}
