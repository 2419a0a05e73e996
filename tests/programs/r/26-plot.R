# A plot as PNG in the project, without X11; its size is read back from its header.
png("plot.png", width = 640, height = 480)
layout(matrix(1:2, 1))
plot(mpg ~ wt, mtcars, main = "Verbrauch über Gewicht", pch = 19)
abline(lm(mpg ~ wt, mtcars), col = "red")
boxplot(count ~ spray, InsectSprays, col = hcl.colors(6))
invisible(dev.off())

header <- readBin("plot.png", "raw", 24)
size <- readBin(header[17:24], "integer", 2, endian = "big")
cat(rawToChar(header[2:4]), size, "\n", file = "sizes.txt")
writeLines(sub(" $", "", readLines("sizes.txt")), "sizes.txt")
cat(file.size("plot.png") > 5000, "\n")
