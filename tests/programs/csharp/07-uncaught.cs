using System;

class OrderException : Exception
{
    public OrderException(string message, Exception inner) : base(message, inner) { }
}

class Uncaught
{
    static int Quantity(string text)
    {
        try
        {
            return int.Parse(text);
        }
        catch (FormatException inner)
        {
            throw new OrderException("no quantity: " + text, inner);
        }
    }

    static void Main()
    {
        Console.WriteLine(Quantity("12"));
        Console.WriteLine(Quantity("a dozen"));
    }
}
