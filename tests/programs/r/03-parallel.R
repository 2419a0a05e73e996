# Forked workers: results keep their order, each worker is a process, and an error stays with its task.
library(parallel)

squares <- mclapply(1:6, function(n) list(square = n^2, pid = Sys.getpid()), mc.cores = 3)
print(sapply(squares, `[[`, "square"))
pids <- unique(sapply(squares, `[[`, "pid"))
cat(length(pids), Sys.getpid() %in% pids, "\n")

tried <- suppressWarnings(mclapply(1:2, function(n) if (n == 2) stop("two is refused") else n, mc.cores = 2))
cat(class(tried[[2]]), conditionMessage(attr(tried[[2]], "condition")), "\n")

job <- mcparallel(sum(1:1000))
cat(mccollect(job)[[1]], "\n")
