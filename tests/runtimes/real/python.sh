#!/bin/sh
# python.sh DIRECTORY: the source of chardet, which guesses encodings, with its tests and its command, from Debian.
set -eu
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" chardet "$1/chardet"
