// What a script throws is shown with its line, and its exit code is 1.
val numbers = listOf(1, 2, 3)
println(numbers.sum())

fun third(list: List<Int>) = list[3]

println(third(numbers))
