#!/bin/sh
# rust.sh DIRECTORY: the crate strsim as Debian packages its sources, with its tests and without dependencies. It is a
# library, so that running it runs its tests.
set -eu
sh "$(dirname -- "$0")/debian-package.sh" "$1/packages" librust-strsim-dev
mv "$1"/packages/usr/share/cargo/registry/strsim-* "$1/strsim"
rm -rf "$1/packages"
