// Compiled once while the image is made, as build/warm.kt is.
data class Pair2(val left: Int, val right: Int)

fun sum(pair: Pair2) = pair.left + pair.right

val numbers = args.map { it.length }
println("sum ${sum(Pair2(1, 2))} of $numbers")
for (line in generateSequence(::readlnOrNull)) println(line.reversed())
if (numbers.isNotEmpty()) kotlin.system.exitProcess(numbers.size)
