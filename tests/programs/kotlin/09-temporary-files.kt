import java.io.RandomAccessFile
import kotlin.io.path.createTempFile
import kotlin.io.path.deleteIfExists
import kotlin.io.path.exists
import kotlin.io.path.fileSize
import kotlin.io.path.moveTo
import kotlin.io.path.readBytes

/** Records of eight bytes: written, changed in place, read back, moved, removed. */
fun main() {
    val file = createTempFile("records", ".bin")
    RandomAccessFile(file.toFile(), "rw").use { records ->
        repeat(100) { records.writeLong(it.toLong() * it) }
        records.seek(8 * 10)
        records.writeLong(-1)
    }
    println("size ${file.fileSize()} sum ${file.readBytes().sumOf { it.toUByte().toInt() }}")
    val moved = file.resolveSibling("moved.bin")
    file.moveTo(moved, overwrite = true)
    println("${file.exists()} ${moved.deleteIfExists()}")
}
