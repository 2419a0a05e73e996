# Arguments arrive as they were given: spaces, quotes, other alphabets.
given <- commandArgs(trailingOnly = TRUE)
options <- given[startsWith(given, "--")]
words <- setdiff(given, options)
times <- as.integer(sub("--times=", "", grep("^--times=", options, value = TRUE)))
if ("--shout" %in% options) words <- toupper(words)
writeLines(words)
cat(strrep("!", times), length(given), "\n")
