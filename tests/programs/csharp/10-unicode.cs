using System;
using System.Globalization;
using System.Linq;
using System.Text;

class Unicode
{
    static void Main()
    {
        string text = Console.ReadLine();
        Console.WriteLine(text);
        var elements = StringInfo.ParseCombiningCharacters(text);
        Console.WriteLine($"{text.Length} units, {elements.Length} characters, {Encoding.UTF8.GetByteCount(text)} bytes");
        Console.WriteLine(string.Concat(elements.Reverse().Select(at => StringInfo.GetNextTextElement(text, at))));
        Console.WriteLine(text.ToUpperInvariant());
        string größe = "e\u0301".Normalize(NormalizationForm.FormC);
        Console.WriteLine(größe == "é");
        Console.WriteLine(char.ConvertFromUtf32(0x1F680) + " " + string.Join(" ", "日本語".Select(one => ((int)one).ToString("x4"))));
    }
}
