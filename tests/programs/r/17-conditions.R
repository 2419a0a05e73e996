# Conditions: caught, muffled, restarted, of a class of one's own, and what happens in the end whatever comes.
result <- tryCatch(
  {
    warning("careful")
    "not reached"
  },
  warning = function(w) paste("caught:", conditionMessage(w)),
  finally = cat("finally\n")
)
cat(result, "\n")

busy <- function() {
  withRestarts(
    {
      signalCondition(structure(class = c("full", "condition"), list(message = "queue is full", call = NULL)))
      "went on"
    },
    retry = function(times) paste("tried", times, "times")
  )
}
cat(busy(), "\n")
cat(withCallingHandlers(busy(), full = function(c) invokeRestart("retry", 3)), "\n")
withCallingHandlers(
  {
    message("a word of warning")
    message("not shown")
  },
  message = function(m) if (startsWith(conditionMessage(m), "not")) invokeRestart("muffleMessage")
)
outcome <- try(log(-1:0), silent = TRUE) |> suppressWarnings()
print(outcome)
quit(status = inherits(try(stop("x"), silent = TRUE), "try-error") + 2)
