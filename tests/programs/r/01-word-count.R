# Counts words on stdin, most frequent first, then by name.
words <- scan(file("stdin"), what = "", quiet = TRUE)
counts <- table(words)
counts <- counts[order(-counts, names(counts))]
cat(sprintf("%3d %s\n", counts, names(counts)), sep = "")
