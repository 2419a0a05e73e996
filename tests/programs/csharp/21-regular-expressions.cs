using System;
using System.Linq;
using System.Text.RegularExpressions;

class RegularExpressions
{
    static void Main()
    {
        const string log = @"2024-05-01 12:00:01 INFO  start
2024-05-01 12:00:07 ERROR disk ""sda1"" is full
no timestamp here
2024-05-02 00:00:00 WARN  näher
";
        var line = new Regex(@"^(?<day>\d{4}-\d\d-\d\d) \S+ (?<level>\w+)\s+(?<text>.*)$", RegexOptions.Multiline);
        foreach (Match found in line.Matches(log))
        {
            Console.WriteLine($"{found.Groups["level"].Value,-5}|{found.Groups["day"]}|{found.Groups["text"]}");
        }
        Console.WriteLine(Regex.Replace("a1b22c333", @"\d+", match => (int.Parse(match.Value) * 2).ToString()));
        Console.WriteLine(string.Join("|", Regex.Split("a, b;c", @"[,;]\s*")));
        Console.WriteLine(Regex.Match("((a)(b(c)))", @"^(?:(?<open>\()|(?<-open>\))|[^()])*(?(open)(?!))$").Success);
        Console.WriteLine(string.Join(" ", Regex.Matches("x=1, yy=22", @"(\w+)=(\d+)").Cast<Match>().Select(m => m.Groups[2] + ":" + m.Groups[1])));
    }
}
