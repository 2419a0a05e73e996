# Characters, widths and bytes of text on stdin differ, and nothing is lost on the way out.
line <- readLines(file("stdin"), encoding = "UTF-8")
cat(line, "\n", sep = "")
cat(nchar(line), nchar(line, "bytes"), nchar(line, "width"), "\n")
cat(toupper(line), tolower("ÄÖΩ"), "\n")
cat(utf8ToInt("é🎉"), intToUtf8(c(0x65E5, 0x672C)), "\n")
cat(paste(rev(strsplit("日本語", "")[[1]]), collapse = ""), chartr("日語", "ab", "日本語"), "\n")
grüße <- "names may be so, too"
cat(regmatches(line, regexpr("[Α-Ω]+", line)), grüße, "\n")
