using System;
using System.IO;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

class Checksums
{
    static string Hex(byte[] bytes) => BitConverter.ToString(bytes).Replace("-", "").ToLowerInvariant();

    static void Main()
    {
        var input = new MemoryStream();
        Console.OpenStandardInput().CopyTo(input);
        byte[] bytes = input.ToArray();
        using (var md5 = MD5.Create()) Console.WriteLine(Hex(md5.ComputeHash(bytes)));
        using (var sha = SHA256.Create()) Console.WriteLine(Hex(sha.ComputeHash(bytes)));
        using (var hmac = new HMACSHA1(Encoding.ASCII.GetBytes("key"))) Console.WriteLine(Hex(hmac.ComputeHash(bytes)));
        Console.WriteLine(Convert.ToBase64String(bytes));
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, true)) for (int i = 0; i < 100; i++) gzip.Write(bytes, 0, bytes.Length);
        Console.WriteLine(packed.Length < 500);
        packed.Position = 0;
        using (var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress))) Console.WriteLine(reader.ReadToEnd().Length);
    }
}
