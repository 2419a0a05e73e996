// Reads stdin, writes both streams, and chooses its own exit code: 7.
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val text = System.`in`.bufferedReader().readText()
    println("out: ${text.length} characters, ${arguments.size} arguments")
    System.err.println("err: a line on stderr")
    exitProcess(7)
}
