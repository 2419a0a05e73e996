# An uncaught error ends the program, with the call in which it arose.
accounts <- list(a = 1)
balance <- function(name) {
  if (is.null(accounts[[name]])) stop("the books do not add up")
  accounts[[name]]
}
cat(balance("a"), "\n")
balance("b")
cat("this is not reached\n")
