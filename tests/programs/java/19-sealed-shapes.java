import java.util.List;

class SealedShapes {
  sealed interface Expression permits Number, Sum, Product, Negative {}
  record Number(double value) implements Expression {}
  record Sum(Expression left, Expression right) implements Expression {}
  record Product(Expression left, Expression right) implements Expression {}
  record Negative(Expression of) implements Expression {}

  static double value(Expression expression) {
    return switch (expression) {
      case Number(double value) -> value;
      case Sum(Expression left, Expression right) -> value(left) + value(right);
      case Product(Number(double zero), Expression ignored) when zero == 0 -> 0;
      case Product(Expression left, Expression right) -> value(left) * value(right);
      case Negative(Expression of) -> -value(of);
    };
  }

  public static void main(String[] args) {
    Expression two = new Number(2), sum = new Sum(two, new Product(new Number(3), new Negative(two)));
    for (Expression one : List.of(two, sum, new Product(new Number(0), sum))) System.out.println(value(one) + " " + one);
    System.out.println(sum.equals(new Sum(new Number(2), new Product(new Number(3), new Negative(new Number(2))))));
  }
}
