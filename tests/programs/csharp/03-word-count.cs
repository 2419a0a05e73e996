using System;
using System.Linq;
using System.Text.RegularExpressions;

class WordCount
{
    static void Main()
    {
        var counts = Regex.Matches(Console.In.ReadToEnd().ToLowerInvariant(), @"[\p{L}']+").Cast<Match>()
            .GroupBy(match => match.Value)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal);
        foreach (var group in counts.Take(5)) Console.WriteLine($"{group.Key} {group.Count()}");
    }
}
