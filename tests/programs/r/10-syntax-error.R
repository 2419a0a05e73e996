# What stands before the broken line is run: R reads a file expression by expression.
cat("reached\n")

values <- c(1, 2))
cat("this is not reached\n")
