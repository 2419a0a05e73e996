// Threads, coroutines and a subprocess work inside the box. Prints `ok` and exits 0.
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

fun main() {
    val count = AtomicInteger()
    List(8) { thread { repeat(1000) { count.incrementAndGet() } } }.forEach { it.join() }
    runBlocking(Dispatchers.Default) {
        coroutineScope {
            repeat(1000) {
                launch {
                    delay(1)
                    count.incrementAndGet()
                }
            }
        }
    }
    check(count.get() == 9000) { "count: $count" }
    val child = ProcessBuilder("sh", "-c", "exit 3").start()
    check(child.waitFor() == 3) { "child: ${child.exitValue()}" }
    println("ok")
}
