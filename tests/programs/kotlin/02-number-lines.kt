/** Numbers the lines of stdin, which ends without a newline. */
fun main() {
    var count = 0
    while (true) {
        val line = readlnOrNull() ?: break
        count++
        println("${count.toString().padStart(3)}  $line")
    }
    println("$count lines")
}
