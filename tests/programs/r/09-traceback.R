# The calls that led to an error are told, from a function of the caller's own.
log_of <- function(x) {
  tryCatch(log(x), error = function(e) stop("log of text: ", conditionMessage(e)))
}
inner_step <- function(x) log_of(x)
outer_step <- function(x) inner_step(x)
cat(round(outer_step(100), 4), "\n")
outer_step("text")
