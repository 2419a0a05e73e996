import java.util.concurrent.Callable
import java.util.concurrent.Executors
import kotlin.math.sqrt

fun prime(number: Int) = number > 1 && (2..sqrt(number.toDouble()).toInt()).none { number % it == 0 }

/** Counts primes in parts, in eight threads. */
fun main() {
    val pool = Executors.newFixedThreadPool(8)
    val parts = (0 until 100_000 step 10_000).map { from -> Callable { (from until from + 10_000).count(::prime) } }
    val counts = pool.invokeAll(parts).map { it.get() }
    pool.shutdown()
    println("$counts = ${counts.sum()}")
}
