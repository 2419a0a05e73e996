fun main() {
    val count = 3
    println(cuont + 1)
    val text: String = count
}
