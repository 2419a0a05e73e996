import java.text.Normalizer

fun main() {
    val text = readln()
    println(text)
    println("${text.length} units, ${text.codePoints().count()} code points, ${text.toByteArray().size} bytes")
    println(text.reversed())
    println(text.uppercase())
    val größe = Normalizer.normalize("e\u0301", Normalizer.Form.NFC)
    println(größe == "é")
    println("日本語".map { it.code.toString(16) })
}
