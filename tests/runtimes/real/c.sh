#!/bin/sh
# c.sh DIRECTORY: the source of bzip2, whose Makefile compiles the library and the program, and then checks both: it packs and
# unpacks three files and compares them byte for byte.
set -eu
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" bzip2 "$1/bzip2"
