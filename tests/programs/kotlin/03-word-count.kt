fun main() {
    System.`in`.bufferedReader().useLines { lines ->
        lines
            .flatMap { line -> Regex("[\\p{L}']+").findAll(line.lowercase()).map { it.value } }
            .groupingBy { it }
            .eachCount()
            .entries
            .sortedWith(compareByDescending<Map.Entry<String, Int>> { it.value }.thenBy { it.key })
            .take(5)
            .forEach { (word, count) -> println("$word $count") }
    }
}
