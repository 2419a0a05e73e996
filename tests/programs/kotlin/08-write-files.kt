import java.io.File

fun main() {
    val folder = File("kotlin-report/2024").apply { mkdirs() }
    val summary = folder.resolve("summary.txt")
    summary.writeText("total: 3\ngrößte: 7\n")
    summary.appendText("end\n")
    folder.resolve("table.csv").printWriter().use { out ->
        for (row in 1..3) out.println("$row,${row * row}")
    }
    File("kotlin-report").walkTopDown().sorted().forEach { println("$it ${if (it.isFile) it.length() else "-"}") }
}
