# Reads stdin, writes both streams, and chooses its own exit code, 7.
text <- readLines(file("stdin"), warn = FALSE)
cat("out:", sum(nchar(text) + 1L), "characters\n")
message("err: a line on stderr")
quit(status = 7)
