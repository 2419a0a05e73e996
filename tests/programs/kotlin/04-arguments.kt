fun main(args: Array<String>) {
    println(args.size)
    args.forEachIndexed { index, argument -> println("$index [$argument]") }
}
