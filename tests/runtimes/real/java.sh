#!/bin/sh
# java.sh DIRECTORY: the source of JLex, a generator of scanners in one file of 7800 lines, with its own example, and of
# json-simple with its own tests, beside JUnit from its Debian package.
set -eu
here=$(cd "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
cd "$1"
sh "$here/../../../docker/debian-source.sh" jlex "$1/jlex"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/../../../docker/debian-source.sh" json-simple "$work/source"
cd "$work"
apt-get -q download junit >&2
dpkg-deb -x junit_*.deb junit
mkdir -p "$1/json-simple/lib"
cp -R "$work/source/src/main/java/." "$work/source/src/test/java/." "$1/json-simple/"
cp -L "$work/junit/usr/share/java/junit.jar" "$1/json-simple/lib/"
printf 'Main-Class: junit.textui.TestRunner\n' >"$1/json-simple/MANIFEST.MF"
