fun main() {
    val log = """
        2024-05-01 12:00:01 INFO  start
        2024-05-01 12:00:07 ERROR disk "sda1" is full
        no timestamp here
        2024-05-02 00:00:00 WARN  näher
    """.trimIndent()
    val line = Regex("""^(?<day>\d{4}-\d\d-\d\d) \S+ (?<level>\w+)\s+(?<text>.*)$""", RegexOption.MULTILINE)
    for (found in line.findAll(log)) {
        println("${found.groups["level"]?.value?.padEnd(5)}|${found.groups["day"]?.value}|${found.groups["text"]?.value}")
    }
    println("a1b22c333".replace(Regex("\\d+")) { (it.value.toInt() * 2).toString() })
    println("a, b;c".split(Regex("[,;]\\s*")))
    println(Regex("(a+)+b").containsMatchIn("aaaaaaaaaaaaaaaab"))
}
