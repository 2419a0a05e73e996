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
        switch (expression)
        {
            case Number number: return number.Value;
            case Product product when product.Left is Number zero && zero.Value == 0: return 0;
            case Product product: return product.Left.Value() * product.Right.Value();
            case Sum sum: return sum.Left.Value() + sum.Right.Value();
            case null: throw new ArgumentNullException(nameof(expression));
            default: throw new NotSupportedException(expression.GetType().Name);
        }
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
