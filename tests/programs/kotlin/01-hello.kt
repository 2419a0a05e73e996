fun main() {
    println("Hello from Kotlin ${KotlinVersion.CURRENT.major}")
}
