using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;

class Time
{
    static void Main()
    {
        var leap = new DateTime(2024, 2, 29, 0, 0, 0, DateTimeKind.Utc);
        Console.WriteLine($"{leap.AddYears(1):yyyy-MM-dd} {leap.DayOfWeek} {leap.DayOfYear}");
        Console.WriteLine((leap - new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalDays);
        Console.WriteLine(TimeSpan.FromMinutes(36 * 60 + 5));
        Console.WriteLine(DateTimeOffset.FromUnixTimeSeconds(1000000000).ToString("o"));
        var parsed = DateTime.ParseExact("31.12.1999 23:59", "dd.MM.yyyy HH:mm", CultureInfo.InvariantCulture);
        Console.WriteLine(parsed.AddMinutes(1).ToString("s"));
        Console.WriteLine(TimeZoneInfo.Utc.BaseUtcOffset);
        var watch = Stopwatch.StartNew();
        Thread.Sleep(20);
        Console.WriteLine(watch.ElapsedMilliseconds >= 19);
    }
}
