package words

internal class Greeting(private val word: String) {
    infix fun to(name: String) = "$word, $name"
}
