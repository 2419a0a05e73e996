// A script has no main: what stands at the top level runs, and its arguments are `args`.
import java.io.File

data class Line(val number: Int, val text: String)

fun shout(text: String) = text.uppercase() + "!"

val lines = generateSequence(::readlnOrNull).mapIndexed { index, text -> Line(index + 1, text) }.toList()
lines.forEach { println("${it.number} ${shout(it.text)}") }
println(args.joinToString(prefix = "<", postfix = ">"))
File("kotlin-script.txt").writeText("${lines.size} lines\n")
if (args.isEmpty()) error("no arguments")
kotlin.system.exitProcess(args.size)
