# Bytes that are no lines: a megabyte and more of them, with NULs; and records of fixed size.
packed <- c(
  writeBin(-2L, raw(), size = 2, endian = "little"),
  writeBin(3.5, raw(), endian = "little"),
  charToRaw("ok")
)
stopifnot(length(packed) == 12)
reader <- rawConnection(packed)
number <- readBin(reader, "integer", size = 2, endian = "little")
real <- readBin(reader, "double", endian = "little")
text <- rawToChar(readBin(reader, "raw", 2))
writeLines(paste(number, real, text), "packed.txt")

out <- pipe("cat", "wb")
writeBin(as.raw(0:1199999 %% 128), out)
close(out)
