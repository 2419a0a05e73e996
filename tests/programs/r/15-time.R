# Dates, time zones by name, differences, and a clock that only goes on.
leap <- as.POSIXct("2024-02-28 23:30:00", tz = "UTC") + 3600
cat(format(leap, "%Y-%m-%dT%H:%M:%SZ %A %j"), "\n")
cat(format(leap, tz = "Asia/Kathmandu", usetz = TRUE), "\n")
print(as.Date("2025-01-01") - as.Date("2024-01-01"))
print(seq(as.Date("2024-01-31"), by = "month", length.out = 3))
print(cut(as.Date(c("2024-01-31", "2024-02-29")), "month"))
before <- proc.time()[["elapsed"]]
Sys.sleep(0.05)
passed <- proc.time()[["elapsed"]] - before
cat(passed >= 0.04 && passed < 10, Sys.timezone(), "\n")
