#!/bin/sh
# debian-package.sh DIRECTORY PACKAGE...: unpacks packages of the host's own Debian release into DIRECTORY, installing none.
set -eu
directory=$1
shift
mkdir -p "$directory"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && apt-get -q -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=2 download "$@") >&2
for package in "$scratch"/*.deb; do dpkg-deb -x "$package" "$directory"; done
