// Several files: one named Main.kt is compiled with all of its folder. Prints `hello, box` and exits 0.
package words

fun main() = println(Greeting("hello").to("box"))
