class OrderException(message: String, cause: Throwable) : RuntimeException(message, cause)

fun quantity(text: String): Int =
    try {
        text.toInt()
    } catch (cause: NumberFormatException) {
        throw OrderException("no quantity: $text", cause)
    }

fun main() {
    println(quantity("12"))
    println(quantity("a dozen"))
}
