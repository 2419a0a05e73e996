using System;
using System.Linq;
using System.Numerics;

class BigNumbers
{
    static void Main()
    {
        Console.WriteLine(Enumerable.Range(1, 60).Aggregate(BigInteger.One, (product, number) => product * number));
        Console.WriteLine((BigInteger.Pow(2, 200) - 1) % 1000003);
        Console.WriteLine(BigInteger.ModPow(3, BigInteger.Pow(10, 20), 1000000007));
        Console.WriteLine(BigInteger.GreatestCommonDivisor(BigInteger.Parse("123456789012345678901234567890"), 9876543210));
        Console.WriteLine($"{0.1m + 0.2m} {0.1 + 0.2 == 0.3} {decimal.MaxValue}");
        Console.WriteLine($"{unchecked(int.MaxValue + (int.Parse("1")))} {ulong.MaxValue} {Complex.Abs(new Complex(3, 4))}");
        try
        {
            Console.WriteLine(checked(int.MaxValue + int.Parse("1")));
        }
        catch (OverflowException)
        {
            Console.WriteLine("overflow");
        }
    }
}
