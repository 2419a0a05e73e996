import java.io.File
import kotlin.concurrent.thread
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking

// Compiled and run once while the image is made: what that loads goes into the shared archives.

enum class Colour { RED, GREEN }

sealed interface Shape {
    data class Circle(val radius: Double) : Shape
    data class Square(val side: Double) : Shape
}

val Shape.area get() = when (this) {
    is Shape.Circle -> Math.PI * radius * radius
    is Shape.Square -> side * side
}

class Counter<T : Comparable<T>> {
    private val seen = sortedMapOf<T, Int>()
    fun add(item: T) = apply { seen.merge(item, 1, Int::plus) }
    operator fun get(item: T) = seen[item] ?: 0
}

inline fun <reified R> List<Any>.only() = filterIsInstance<R>()

fun main(arguments: Array<String>) {
    val words = generateSequence(::readlnOrNull).flatMap { it.split(Regex("\\s+")) }.groupingBy { it }.eachCount()
    println("words $words ${arguments.size} ${Colour.entries.joinToString { it.name.lowercase() }}")
    listOf(Shape.Circle(1.0), Shape.Square(2.0)).forEach { println("%.2f".format(it.area)) }
    println((1..20).asSequence().filter { it % 3 == 0 }.map { it * it }.toList().sortedDescending().zip(listOf("a", "b")))
    println(Counter<String>().add("a").add("b")["a"] + listOf(1, "x").only<Int>().sum())
    val (first, second) = "a=b".split("=")
    println(mapOf(first to second).mapValues { (_, value) -> value.uppercase() })
    thread { println(buildString { repeat(3) { append(it) } }) }.join()
    println(runBlocking { List(3) { async { it * 2 } }.awaitAll() })
    val file = File.createTempFile("warm", ".txt").apply { writeText("one\ntwo\n") }
    println(file.useLines { it.toList() })
    file.delete()
    runCatching { error("caught") }.onFailure { println(it.message) }
}
