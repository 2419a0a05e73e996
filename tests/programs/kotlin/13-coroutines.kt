import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull

fun main() = runBlocking {
    val squares = (1..1000).map { async(Dispatchers.Default) { delay(5); it.toLong() * it } }.awaitAll()
    println("sum ${squares.sum()}")
    val channel = Channel<Int>(4)
    launch {
        for (number in 1..5) channel.send(number)
        channel.close()
    }
    for (number in channel) print("$number ")
    println()
    println(flow { repeat(3) { emit(it) } }.map { it * 10 }.toList())
    println(withTimeoutOrNull(20) { delay(10_000); "late" })
}
