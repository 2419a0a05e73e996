import kotlin.system.exitProcess

fun check(level: Int): Nothing = exitProcess(level * 10 + 3)

fun main() {
    Runtime.getRuntime().addShutdownHook(Thread { println("the hook runs") })
    try {
        println("before")
        check(4)
    } finally {
        println("never")
    }
}
