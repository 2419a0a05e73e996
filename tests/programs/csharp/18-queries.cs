using System;
using System.Collections.Generic;
using System.Linq;

class Queries
{
    static IEnumerable<long> Fibonacci()
    {
        for ((long a, long b) = (0, 1); ; (a, b) = (b, a + b)) yield return a;
    }

    static void Main()
    {
        Console.WriteLine(string.Join(",", Fibonacci().Take(15)));
        Console.WriteLine(Fibonacci().SkipWhile(one => one < 1000000).First());
        var orders = new[] { (Id: 1, Customer: "ada", Total: 30m), (2, "bo", 12.5m), (3, "ada", 7m) };
        var names = new[] { (Key: "ada", Name: "Ada Lovelace"), (Key: "bo", Name: "Bo Didley") };
        var sums = from order in orders
                   join person in names on order.Customer equals person.Key
                   group order.Total by person.Name into all
                   let sum = all.Sum()
                   orderby sum descending
                   select $"{all.Key}: {sum}";
        foreach (string line in sums) Console.WriteLine(line);
        Console.WriteLine(string.Join(" ", "mississippi".GroupBy(letter => letter).OrderBy(group => group.Key).Select(group => group.Key + "" + group.Count())));
        Console.WriteLine(string.Join(" ", new[] { 1, 2, 3 }.Zip(new[] { "a", "b", "c" }, (number, letter) => letter + number)));
    }
}
