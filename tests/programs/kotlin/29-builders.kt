@DslMarker
annotation class Markup

@Markup
class Tag(private val name: String) {
    private val attributes = linkedMapOf<String, String>()
    private val children = mutableListOf<Any>()

    infix fun String.to(value: String) { attributes[this] = value }
    operator fun String.unaryPlus() { children += this.replace("<", "&lt;") }
    operator fun String.invoke(fill: Tag.() -> Unit) { children += Tag(this).apply(fill) }

    fun render(indent: String = ""): String = buildString {
        append(indent, "<", name)
        attributes.forEach { (key, value) -> append(" $key=\"$value\"") }
        appendLine(">")
        for (child in children) appendLine(if (child is Tag) child.render("$indent  ") else "$indent  $child")
        append(indent, "</$name>")
    }
}

fun html(fill: Tag.() -> Unit) = Tag("html").apply(fill).render()

fun main() = println(
    html {
        "lang" to "en"
        "body" {
            "h1" { +"1 < 2" }
            for (item in 1..2) "p" { "id" to "p$item"; +"Absatz $item" }
        }
    },
)
