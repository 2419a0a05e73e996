# Text: patterns with parts, formats, tables as text, JSON by hand, and code that is data.
log <- c("2024-01-02 ERROR disk full", "2024-01-03 INFO fine", "2024-01-04 ERROR net down")
parts <- regmatches(log, regexec("^(\\S+) (\\w+) (.*)$", log))
frame <- as.data.frame(do.call(rbind, parts))[, -1]
names(frame) <- c("day", "level", "what")
print(subset(frame, level == "ERROR", c(day, what)), row.names = FALSE)
cat(gsub("(\\w+) (\\w+)", "\\2 \\1", "hello world"), sprintf("%5.1f|%-6s|%+d|%%", pi, "ab", 3L), "\n")
cat(format(c("a", "bbb")), formatC(c(1, 10, 100), width = 6, flag = "0"), "\n", sep = "|")
expression <- quote(a * (b + 1))
cat(deparse(expression), eval(expression, list(a = 2, b = 3)), class(expression[[3]]), "\n")
print(D(quote(x^2 * sin(x)), "x"))
double <- function(x, ...) UseMethod("double")
double.default <- function(x, ...) x * 2
double.character <- function(x, ...) paste0(x, x)
cat(double(4), double("ab"), do.call(Map, list(f = `+`, 1:2, 3:4)) |> unlist(), "\n")
cat(trimws("  x "), rev(utf8ToInt("abc")), sprintf("%s", list("a", 1L, TRUE)), "\n")
