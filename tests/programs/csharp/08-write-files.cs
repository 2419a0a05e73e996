using System;
using System.IO;
using System.Linq;

class WriteFiles
{
    static void Main()
    {
        string folder = Directory.CreateDirectory("csharp-report/2024").FullName;
        string summary = Path.Combine(folder, "summary.txt");
        File.WriteAllLines(summary, new[] { "total: 3", "größte: 7" });
        File.AppendAllText(summary, "end\n");
        using (var table = new StreamWriter(Path.Combine(folder, "table.csv")))
        {
            foreach (int row in Enumerable.Range(1, 3)) table.WriteLine($"{row},{row * row}");
        }
        foreach (string path in Directory.EnumerateFiles("csharp-report", "*", SearchOption.AllDirectories).OrderBy(path => path, StringComparer.Ordinal))
        {
            Console.WriteLine($"{path} {new FileInfo(path).Length}");
        }
    }
}
