# Writes a table and a summary into the project, and reads the table back.
players <- data.frame(name = c("Ada", "Grace"), points = c(12L, 17L))
write.csv(players, "report.csv", row.names = FALSE, quote = FALSE)
best <- players$name[which.max(players$points)]
writeLines(c(paste("best:", best), paste("total:", sum(players$points))), "summary.txt")
stopifnot(identical(read.csv("report.csv"), players))
cat(getwd(), "\n", sep = "")
