using System;

class UnknownName
{
    static void Main()
    {
        int count = 3;
        Console.WriteLine(cuont + 1);
        string text = count;
    }
}
