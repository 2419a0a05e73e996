#!/bin/sh
# rust-vendored.sh DIRECTORY: the crate semver with its four files of tests and a build script. What it depends on is in
# vendor/, also from Debian's packages of sources, as `cargo vendor` would put it there.
set -eu
sh "$(dirname -- "$0")/debian-package.sh" "$1/packages" librust-semver-dev librust-serde-dev librust-serde-derive-dev \
  librust-proc-macro2-dev librust-quote-dev librust-syn-dev librust-unicode-ident-dev
mv "$1"/packages/usr/share/cargo/registry/semver-* "$1/semver"
mkdir "$1/semver/.cargo"
mv "$1/packages/usr/share/cargo/registry" "$1/semver/vendor"
rm -rf "$1/packages"
cat >"$1/semver/.cargo/config.toml" <<'END'
[source.crates-io]
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "vendor"
END
