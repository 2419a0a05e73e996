# The exit code is the program's own; what is registered for the end still happens.
invisible(reg.finalizer(globalenv(), function(...) message("cleaning up"), onexit = TRUE))
cat("leaving\n")
quit(save = "no", status = 42)
