import kotlin.random.Random

data class Person(val name: String, val age: Int)

fun <T : Comparable<T>> List<T>.merged(): List<T> {
    if (size < 2) return this
    val (left, right) = chunked((size + 1) / 2).map { it.merged() }
    return buildList(size) {
        var l = 0
        var r = 0
        while (l < left.size || r < right.size) {
            add(if (r == right.size || l < left.size && left[l] <= right[r]) left[l++] else right[r++])
        }
    }
}

fun main() {
    val numbers = Random(7).let { random -> List(50_000) { random.nextInt() } }
    println(numbers.merged() == numbers.sorted())
    val people = listOf(Person("Ada", 36), Person("Bo", 20), Person("Cy", 36), Person("Di", 20))
    println(people.sortedByDescending { it.age })
    println(people.groupBy(Person::age).toSortedMap().mapValues { (_, group) -> group.map { it.name } })
}
