# A cluster of R processes over loopback sockets: data is sent to them, and sums come back.
library(parallel)

cluster <- makePSOCKcluster(2)
offset <- 100
clusterExport(cluster, "offset")
print(unlist(clusterApply(cluster, 1:4, function(n) n + offset)))
print(parSapply(cluster, c("a", "b", "c"), toupper))
clusterSetRNGStream(cluster, 7)
first <- clusterEvalQ(cluster, runif(1))
clusterSetRNGStream(cluster, 7)
print(identical(first, clusterEvalQ(cluster, runif(1))))
stopCluster(cluster)
