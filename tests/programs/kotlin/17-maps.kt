fun main() {
    val counts = mutableMapOf<String, Int>()
    for (key in "a b c a d e a".split(" ")) counts[key] = counts.getOrDefault(key, 0) + 1
    println(counts)
    println(counts.filterValues { it == 1 }.keys.joinToString("+"))
    val (most, rest) = counts.entries.partition { it.value > 1 }
    println("$most ${rest.size}")
    val nested = buildMap {
        put("list", listOf(1, 2, 3))
        put("map", mapOf("x" to null))
    }
    println(nested)
    val large = HashMap<Int, Int>()
    for (key in 0 until 200_000) large[key * 31] = key
    println("${large.size} ${large[31 * 777]} ${large[1] ?: "none"}")
    println(setOf(3, 1, 2) union setOf(2, 5) intersect (2..9).toSet())
}
