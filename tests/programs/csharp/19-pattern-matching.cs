using System;

abstract class Expression
{
    public static Expression operator +(Expression left, Expression right) => new Sum(left, right);
    public static Expression operator *(Expression left, Expression right) => new Product(left, right);
    public static implicit operator Expression(double value) => new Number(value);
}

sealed class Number : Expression
{
    public readonly double Value;
    public Number(double value) => Value = value;
}

class Pair : Expression
{
    public readonly Expression Left, Right;
    protected Pair(Expression left, Expression right) { Left = left; Right = right; }
}

sealed class Sum : Pair { public Sum(Expression left, Expression right) : base(left, right) { } }

sealed class Product : Pair { public Product(Expression left, Expression right) : base(left, right) { } }

static class PatternMatching
{
    static double Value(this Expression expression)
    {
        if (expression is Number number) return number.Value;
        if (expression is Product product)
        {
            if (product.Left is Number zero && zero.Value == 0) return 0;
            return product.Left.Value() * product.Right.Value();
        }
        if (expression is Sum sum) return sum.Left.Value() + sum.Right.Value();
        throw new ArgumentNullException(nameof(expression));
    }

    static void Main()
    {
        Expression two = 2;
        Console.WriteLine((two + two * 3).Value());
        Console.WriteLine(((Expression)0 * null).Value());
        object any = 42;
        Console.WriteLine(any is int count && count > 40 ? $"{count} is many" : "few");
        Console.WriteLine((two * null).Value());
    }
}
