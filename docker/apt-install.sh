#!/bin/sh
# Installs Debian packages without recommendations, as root on Debian or Ubuntu.
#
# usage: sh docker/apt-install.sh PACKAGE...
#
# Says what it does on stderr and writes nothing to stdout. Fails, with the command that a person would run, where it
# is not root or there is no apt-get.
set -eu

if ! command -v apt-get >/dev/null; then
  echo "superos: missing: $* (and this system has no apt-get to install them)" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "superos: missing packages; install them with: sudo apt-get install -y --no-install-recommends $*" >&2
  exit 1
fi

install() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" </dev/null >&2
}
update() { apt-get -q -o DPkg::Lock::Timeout=300 update </dev/null >&2; }

echo "==> Installing $* (apt-get)" >&2
# Lists that are missing or name versions that are gone are fetched again; good ones are used as they are.
if [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print 2>/dev/null | head -n 1)" ] && install "$@"; then
  exit 0
fi
update
install "$@"
