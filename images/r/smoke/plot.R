# A plot as PNG, without X11, in a project that may be written; the same as SVG and PDF. Prints `ok` and exits 0.
draw <- function() {
  hist(faithful$eruptions, breaks = 20, main = "Old Faithful: Dauer der Ausbrüche", xlab = "min")
  legend("topleft", legend = "eruptions", fill = "grey")
}
starts <- list(
  plot.png = as.raw(c(0x89, 0x50, 0x4e, 0x47)),
  plot.svg = charToRaw("<?xm"),
  plot.pdf = charToRaw("%PDF")
)

png("plot.png", width = 800, height = 600)
draw()
invisible(dev.off())
svg("plot.svg")
draw()
invisible(dev.off())
pdf("plot.pdf")
draw()
invisible(dev.off())

for (name in names(starts)) {
  stopifnot(identical(readBin(name, "raw", 4), starts[[name]]), file.size(name) > 2000)
}
cat("ok\n")
