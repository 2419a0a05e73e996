using System;

namespace Shelf
{
    static class Entry
    {
        static void Main() => Console.WriteLine("two sources: " + new Book(42).Pages);
    }
}
