# The environment of the box, one for a child alone, and what R makes of it.
cat(Sys.getenv("PATH"), Sys.getenv("LANG"), Sys.getenv("HOME"), "\n")
cat(system2("sh", c("-c", shQuote("echo \"$GREETING\"")), stdout = TRUE, env = "GREETING='hello  there'"), "\n")
cat(Sys.getenv("GREETING", unset = "unset"), "\n")
cat(l10n_info()[["UTF-8"]], capabilities("cairo"), capabilities("X11"), interactive(), "\n")
cat(startsWith(tempdir(), "/tmp/Rtmp"), normalizePath("~"), "\n")
