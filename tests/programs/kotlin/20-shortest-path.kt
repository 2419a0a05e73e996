import java.util.PriorityQueue

/** Dijkstra's algorithm; edges on stdin, the ends as arguments. */
fun main(args: Array<String>) {
    val (start, goal) = args
    val edges = generateSequence(::readlnOrNull)
        .map { it.split(' ') }
        .flatMap { (from, to, cost) -> listOf(Triple(from, to, cost.toInt()), Triple(to, from, cost.toInt())) }
        .groupBy { it.first }
    val best = mutableMapOf(start to 0)
    val before = mutableMapOf<String, String>()
    val queue = PriorityQueue<Pair<String, Int>>(compareBy { it.second }).apply { add(start to 0) }
    while (queue.isNotEmpty()) {
        val (at, total) = queue.poll()
        if (total > best.getValue(at)) continue
        for ((_, to, cost) in edges[at].orEmpty()) {
            if (total + cost >= (best[to] ?: Int.MAX_VALUE)) continue
            best[to] = total + cost
            before[to] = at
            queue += to to total + cost
        }
    }
    println(generateSequence(goal) { before[it] }.toList().reversed().joinToString(" -> ") + " = ${best[goal]}")
}
