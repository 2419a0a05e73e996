using System;
using System.Collections.Generic;
using System.Linq;

class Sorting
{
    struct Person
    {
        public string Name;
        public int Age;
        public Person(string name, int age) { Name = name; Age = age; }
    }

    static void Swap<T>(ref T left, ref T right)
    {
        T held = left;
        left = right;
        right = held;
    }

    static void Sink(int[] numbers, int at, int end)
    {
        for (int child; (child = 2 * at + 1) < end; at = child)
        {
            if (child + 1 < end && numbers[child + 1] > numbers[child]) child++;
            if (numbers[at] >= numbers[child]) return;
            Swap(ref numbers[at], ref numbers[child]);
        }
    }

    static void Heap(int[] numbers)
    {
        for (int at = numbers.Length / 2; at-- > 0;) Sink(numbers, at, numbers.Length);
        for (int end = numbers.Length; --end > 0;)
        {
            Swap(ref numbers[0], ref numbers[end]);
            Sink(numbers, 0, end);
        }
    }

    static void Main()
    {
        uint state = 7;
        var numbers = Enumerable.Range(0, 100000).Select(_ => (int)(state = state * 1664525 + 1013904223)).ToArray();
        var same = (int[])numbers.Clone();
        Heap(numbers);
        Array.Sort(same);
        Console.WriteLine($"{numbers.SequenceEqual(same)} {numbers[0]} {numbers[99999]}");
        var people = new List<Person> { new Person("Ada", 36), new Person("Bo", 20), new Person("Cy", 36), new Person("Di", 20) };
        Console.WriteLine(string.Join(" ", people.OrderByDescending(person => person.Age).Select(person => person.Name)));
    }
}
