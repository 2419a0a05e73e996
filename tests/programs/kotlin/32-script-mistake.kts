val count: Int = "three"
println(count)
