# A server and its client over the loopback: the child serves one connection and is collected.
server <- serverSocket(0x4e21)
child <- parallel::mcparallel({
  connection <- socketAccept(server, open = "r+", blocking = TRUE)
  name <- readLines(connection, 1)
  writeLines(paste("hello,", name), connection)
  close(connection)
  "served one"
})
connection <- socketConnection("127.0.0.1", 0x4e21, open = "r+", blocking = TRUE)
writeLines("bôx", connection)
cat(readLines(connection, 1), "\n")
close(connection)
close(server)
cat(parallel::mccollect(child)[[1]], "\n")
