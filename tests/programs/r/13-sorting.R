# Sorts by several keys, ranks with ties, quantiles and runs.
fruits <- read.table(file("stdin"), col.names = c("name", "count"))
print(fruits[order(-fruits$count, fruits$name), ], row.names = FALSE)
print(rank(fruits$count))
print(sort(c("b10", "b9", "a"), decreasing = TRUE))
print(rle(sort(fruits$count))$lengths)
print(findInterval(c(1, 3, 99), sort(fruits$count)))
