import java.nio.charset.Charset
import java.nio.file.Path
import kotlin.io.path.absolutePathString

fun main() {
    println("folder ${Path.of("").absolutePathString()}")
    println("LANG ${System.getenv("LANG")}")
    println("path ${"/usr/bin" in System.getenv("PATH").split(':')}")
    println("unset ${System.getenv("SURELY_NOT_SET")}")
    println("charset ${Charset.defaultCharset()}")
}
