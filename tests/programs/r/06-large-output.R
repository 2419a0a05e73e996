# More than one and a half megabytes in short lines.
numbers <- 0:119999
writeLines(sprintf("%07d %.0f", numbers, as.numeric(numbers)^2))
