val fibonacci = sequence {
    var pair = 0L to 1L
    while (true) {
        yield(pair.first)
        pair = pair.second to pair.first + pair.second
    }
}

fun main() {
    println(fibonacci.take(15).joinToString(","))
    println(fibonacci.dropWhile { it < 1_000_000 }.first())
    println(generateSequence(27) { if (it == 1) null else if (it % 2 == 0) it / 2 else it * 3 + 1 }.count())
    println((1..10).windowed(3, step = 3, partialWindows = true))
    println("mississippi".groupingBy { it }.eachCount().toSortedMap())
    println(listOf("apple", "banana", "cherry").associateWith(String::length))
    println((1..5).runningFold(1) { product, number -> product * number })
}
