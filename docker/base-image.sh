#!/bin/sh
# Writes the root file system of a minimal Debian 13 (trixie) as a tar to stdout, for hosts that cannot pull
# debian:trixie-slim.
#
# usage: sh docker/base-image.sh | docker import - debian:trixie-slim
#
# Like the published image it leaves out documentation (licences stay), manuals and translations, and tells dpkg
# to go on doing so. Everything but the tar goes to stderr; a tar that is not complete ends with a failure.
set -eu

cd "$(dirname "$0")/.."
die() { echo "superos: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

[ ! -t 1 ] || die "The archive goes to stdout, which is a terminal." "Run: sh docker/base-image.sh >base.tar"
missing=
command -v mmdebstrap >/dev/null || missing=mmdebstrap
# Trixie is signed with its own keys and bookworm's; other distributions and older releases may have neither.
[ -e /usr/share/keyrings/debian-archive-bookworm-automatic.gpg ] || missing="$missing debian-archive-keyring"
# shellcheck disable=SC2086 # a list of packages
[ -z "$missing" ] || sh docker/apt-install.sh $missing ||
  die "Making the base image needs$missing." "Where a registry can be reached instead: docker pull debian:trixie-slim"

echo "==> Making the base image from Debian's packages (about half a minute)" >&2
mmdebstrap --variant=minbase \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --format=tar trixie - ||
  die "mmdebstrap failed." "Its reasons are above; it needs a Debian mirror, and root or user namespaces."
