import kotlin.concurrent.thread

tailrec fun count(from: Long, total: Long = 0): Long = if (from == 0L) total else count(from - 1, total + 1)

fun endless(depth: Int): Int = endless(depth + 1) + 1

fun main() {
    println(count(10_000_000))
    try {
        endless(0)
    } catch (error: StackOverflowError) {
        println("caught ${error::class.simpleName}")
    }
    val deep = DeepRecursiveFunction<Int, Int> { depth -> if (depth == 0) 0 else 1 + callRecursive(depth - 1) }
    println(deep(100_000))
    thread(name = "worker") { println(Thread.currentThread().name) }.join()
}
