# A tree of files is made, renamed, walked and read in parts.
for (folder in c("tree/a", "tree/c")) dir.create(folder, recursive = TRUE)
cat("1\n", file = "tree/a/file.txt")
cat("2\n", file = "tree/c/file.txt")
cat("2\n", file = "tree/c/file.txt", append = TRUE)
stopifnot(
  file.rename("tree/a/file.txt", "tree/a/one.txt"),
  file.rename("tree/c/file.txt", "tree/c/two.txt"),
  file.rename("tree/c", "tree/b"),
  dir.create("tree/gone"),
  file.copy("tree/a/one.txt", "tree/gone"),
  unlink("tree/gone", recursive = TRUE) == 0
)
print(list.files("tree", recursive = TRUE, include.dirs = TRUE))
print(file.info(c("tree/b/two.txt", "tree/none"))$size)
connection <- file("tree/b/two.txt", "rb")
invisible(seek(connection, 2))
print(readChar(connection, 10))
close(connection)
print(c(basename("/a/b.tar.gz"), tools::file_ext("b.tar.gz"), file.path("a", "b")))
