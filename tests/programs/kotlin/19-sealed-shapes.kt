sealed interface Expression {
    data class Number(val value: Double) : Expression
    data class Sum(val left: Expression, val right: Expression) : Expression
    data class Product(val left: Expression, val right: Expression) : Expression
    data object Nothing : Expression
}

operator fun Expression.plus(other: Expression) = Expression.Sum(this, other)
operator fun Expression.times(other: Expression) = Expression.Product(this, other)

fun value(expression: Expression): Double = when (expression) {
    is Expression.Number -> expression.value
    is Expression.Sum -> value(expression.left) + value(expression.right)
    is Expression.Product -> value(expression.left) * value(expression.right)
    Expression.Nothing -> 0.0
}

fun main() {
    val two = Expression.Number(2.0)
    val sum = two + two * Expression.Number(3.0) + Expression.Nothing
    println(value(sum))
    println(sum)
    println(sum == two + two * two.copy(value = 3.0) + Expression.Nothing)
}
