/** About three megabytes, whose every line says where it stands. */
fun main() {
    val out = System.out.buffered(1 shl 16).writer()
    var state = 1L
    repeat(60_000) { line ->
        state = state * 6364136223846793005L + 1442695040888963407L
        out.write("$line: the generator says ${state.toULong().toString(16)}\n")
    }
    out.flush()
}
