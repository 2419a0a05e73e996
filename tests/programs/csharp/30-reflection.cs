using System;
using System.Linq;
using System.Linq.Expressions;
using System.Reflection;

[AttributeUsage(AttributeTargets.Method)]
class TestAttribute : Attribute { public string Title { get; set; } }

public class Suite
{
    [Test(Title = "adds")] public void Adds() { if (int.Parse("1") + 1 != 2) throw new Exception("sum"); }
    [Test(Title = "divides")] public void Divides() => Console.WriteLine(1 / int.Parse("0"));
    public void Helper() { }
}

/// A test runner of twenty lines, compiled expressions and a dynamic call. One test fails, so the exit code is 1.
class Reflection
{
    static int Main()
    {
        var number = Expression.Parameter(typeof(int), "number");
        var twice = Expression.Lambda<Func<int, int>>(Expression.Multiply(number, Expression.Constant(2)), number);
        Console.WriteLine($"{twice} {twice.Compile()(21)}");
        dynamic text = "dynamic";
        Console.WriteLine(text.ToUpperInvariant() + text.Length);
        int failures = 0;
        foreach (var method in typeof(Suite).GetMethods().OrderBy(method => method.Name))
        {
            var test = method.GetCustomAttribute<TestAttribute>();
            if (test == null) continue;
            try
            {
                method.Invoke(new Suite(), null);
                Console.WriteLine("ok " + test.Title);
            }
            catch (TargetInvocationException thrown)
            {
                Console.WriteLine($"failed {test.Title}: {thrown.InnerException.GetType().Name}");
                failures++;
            }
        }
        return failures;
    }
}
