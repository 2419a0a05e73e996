# A process that ends itself by a signal has no exit code.
cat("going\n")
tools::pskill(Sys.getpid(), tools::SIGTERM)
Sys.sleep(100)
