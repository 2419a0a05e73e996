# A model, a forked cluster and numbers that are the same on every machine. Prints `ok` and exits 0.
model <- lm(mpg ~ wt, data = mtcars)
stopifnot(all.equal(unname(coef(model)), c(37.28513, -5.344472), tolerance = 1e-6))

squares <- parallel::mclapply(1:8, function(n) n^2, mc.cores = 2)
stopifnot(identical(unlist(squares), (1:8)^2))

set.seed(42)
stopifnot(all.equal(mean(rnorm(1000)), -0.02582443, tolerance = 1e-6))
cat("ok\n")
