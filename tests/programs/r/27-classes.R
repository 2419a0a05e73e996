# Classes of three kinds, closures that remember, functions of functions, and recursion.
setClass("Account", slots = c(owner = "character", balance = "numeric"), validity = function(object) {
  if (object@balance < 0) "a balance is not negative" else TRUE
})
setGeneric("deposit", function(account, amount) standardGeneric("deposit"))
setMethod("deposit", "Account", function(account, amount) {
  account@balance <- account@balance + amount
  validObject(account)
  account
})
account <- deposit(new("Account", owner = "Ada", balance = 5), 10)
cat(account@owner, account@balance, tryCatch(deposit(account, -99), error = function(e) "refused")[1], "\n")

Counter <- setRefClass("Counter", fields = list(count = "numeric"), methods = list(
  add = function(n = 1) {
    count <<- count + n
    invisible(.self)
  }
))
counter <- Counter$new(count = 0)
counter$add()$add(4)
cat(counter$count, is(counter, "Counter"), "\n")

make_counter <- function() {
  count <- 0
  function() {
    count <<- count + 1
    count
  }
}
tick <- make_counter()
invisible(tick())
cat(tick(), Reduce(`+`, 1:5, accumulate = TRUE), Filter(\(n) n %% 2 == 0, 1:6), "\n")
print(structure(list(3), class = "money"))
print.money <- function(x, ...) cat("EUR", x[[1]], "\n")
print(structure(list(3), class = "money"))
hanoi <- function(n, a = "A", b = "B", c = "C") if (n == 0) 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
cat(hanoi(10), "\n")
