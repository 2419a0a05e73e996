using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml.Linq;

[DataContract]
class Book
{
    [DataMember(Name = "title", Order = 1)] public string Title;
    [DataMember(Name = "pages", Order = 2)] public int Pages;
    [DataMember(Name = "tags", Order = 3)] public List<string> Tags;
}

class Serialization
{
    static void Main()
    {
        var json = new DataContractJsonSerializer(typeof(Book));
        var stream = new MemoryStream();
        json.WriteObject(stream, new Book { Title = "Größe \"1\"", Pages = 42, Tags = new List<string> { "a", "b" } });
        string text = Encoding.UTF8.GetString(stream.ToArray());
        Console.WriteLine(text);
        stream.Position = 0;
        var again = (Book)json.ReadObject(stream);
        Console.WriteLine($"{again.Title} {again.Pages} {again.Tags.Count}");
        var shelf = new XElement("shelf", new XAttribute("at", 3), again.Tags.Select(tag => new XElement("tag", tag)));
        Console.WriteLine(shelf.ToString(SaveOptions.DisableFormatting));
        Console.WriteLine(XDocument.Parse("<a><b c='1'>x &lt; y</b></a>").Descendants("b").Single().Value);
    }
}
