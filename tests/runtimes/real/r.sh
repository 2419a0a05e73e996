#!/bin/sh
# r.sh DIRECTORY: the demonstrations that come with R's base packages, from Debian, and demos.R, which runs them all.
set -eu
sh "$(dirname -- "$0")/debian-package.sh" "$1/packages" r-base-core
mkdir "$1/demo"
for package in base stats graphics grDevices; do
  folder="$1/packages/usr/lib/R/library/$package/demo"
  [ ! -d "$folder" ] || mv "$folder" "$1/demo/$package"
done
rm -rf "$1/packages"
cat >"$1/demos.R" <<'END'
png("/tmp/plot-%03d.png")
for (path in list.files("/project/demo", "[.][Rr]$", recursive = TRUE, full.names = TRUE)) {
  source(path, local = new.env(), echo = FALSE, print.eval = FALSE)
  cat("ran", sub("/project/demo/", "", path), "\n")
}
invisible(dev.off())
plots <- list.files("/tmp", "^plot-.*png$", full.names = TRUE)
cat(length(plots) > 20, all(file.size(plots) > 300), "\n")
END
