#!/bin/sh
# java.sh DIRECTORY: the source of JLex, a generator of scanners in one file of 7800 lines, with its own example; and of
# json-simple with its own tests, in one folder of sources beside JUnit from its Debian package. Its manifest, which names
# JUnit's main class, is the only thing added.
set -eu
here=$(cd "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
destination=$(cd "$1" && pwd)
sh "$here/../../../docker/debian-source.sh" jlex "$destination/jlex"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/../../../docker/debian-source.sh" json-simple "$work/source"
cd "$work"
apt-get -q download junit4 libhamcrest-java >&2
for package in ./*.deb; do dpkg-deb -x "$package" packages; done
mkdir -p "$destination/json-simple/lib"
cp -R source/src/main/java/. source/src/test/java/. "$destination/json-simple/"
cp -L packages/usr/share/java/junit4.jar packages/usr/share/java/hamcrest.jar "$destination/json-simple/lib/"
printf 'Main-Class: org.junit.runner.JUnitCore\n' >"$destination/json-simple/MANIFEST.MF"
