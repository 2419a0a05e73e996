/** What the type system cannot know ends the program: a cast that does not hold, uncaught. */
class Node(val label: String, var next: Node? = null)

fun describe(any: Any?) = when (any) {
    null -> "nothing"
    is String -> "text of ${any.length}"
    is Int, is Long -> "whole number"
    in listOf(1.5, 2.5) -> "half"
    else -> "something"
}

fun main() {
    val list = Node("a", Node("b"))
    println(list.next?.next?.label ?: "no third")
    println(listOf(null, "four", 3, 4L, 2.5, 'c').map(::describe))
    lateinit var late: String
    println(runCatching { late }.exceptionOrNull()?.javaClass?.simpleName)
    val any: Any = "text"
    println((any as? Int) ?: -1)
    println(any as Int)
}
