using System;
using System.IO;

/// About three megabytes, whose every line says where it stands.
class LargeOutput
{
    static void Main()
    {
        using (var output = new StreamWriter(Console.OpenStandardOutput(), new System.Text.UTF8Encoding(false), 1 << 16))
        {
            ulong state = 1;
            for (int line = 0; line < 60000; line++)
            {
                state = unchecked(state * 6364136223846793005UL + 1442695040888963407UL);
                output.Write($"{line}: the generator says {state:x}\n");
            }
        }
    }
}
