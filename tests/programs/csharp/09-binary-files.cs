using System;
using System.IO;

/// Records in a temporary file: written, changed in place, read back, moved, removed.
class BinaryFiles
{
    static void Main()
    {
        string file = Path.GetTempFileName();
        using (var writer = new BinaryWriter(File.OpenWrite(file)))
        {
            for (long number = 0; number < 100; number++) writer.Write(number * number);
            writer.Seek(8 * 10, SeekOrigin.Begin);
            writer.Write(-1L);
        }
        long sum = 0;
        using (var reader = new BinaryReader(File.OpenRead(file)))
        {
            while (reader.BaseStream.Position < reader.BaseStream.Length) sum += reader.ReadInt64();
            Console.WriteLine($"sum {sum} size {reader.BaseStream.Length}");
        }
        string moved = file + ".moved";
        File.Move(file, moved);
        Console.WriteLine($"{File.Exists(file)} {File.Exists(moved)}");
        File.Delete(moved);
        try
        {
            File.ReadAllText(moved);
        }
        catch (FileNotFoundException missing)
        {
            Console.WriteLine("missing " + (missing.FileName == moved));
        }
    }
}
