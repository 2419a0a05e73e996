import kotlin.properties.Delegates
import kotlin.properties.ReadOnlyProperty

interface Store { fun put(key: String): Boolean; val size: Int }

class Plain : Store {
    private val seen = linkedSetOf<String>()
    override fun put(key: String) = seen.add(key)
    override val size get() = seen.size
}

class Loud(private val inner: Store) : Store by inner {
    override fun put(key: String) = inner.put(key).also { println("put $key: $it") }
}

fun <T> shout() = ReadOnlyProperty<T, String> { _, property -> property.name.uppercase() }

class Settings(map: Map<String, Any>) {
    val port: Int by map
    val host: String by map
    val banner by shout<Settings>()
    var level by Delegates.observable(1) { _, old, new -> println("level $old -> $new") }
    val slow by lazy { println("once"); 42 }
}

fun main() {
    val store = Loud(Plain())
    listOf("a", "b", "a").forEach(store::put)
    println(store.size)
    val settings = Settings(mapOf("port" to 8080, "host" to "localhost"))
    settings.level = 3
    println("${settings.host}:${settings.port} ${settings.banner} ${settings.slow + settings.slow}")
}
