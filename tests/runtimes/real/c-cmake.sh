#!/bin/sh
# c-cmake.sh DIRECTORY: the source of cmark, the reference implementation of CommonMark in C, with CMakeLists.txt.
set -eu
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" cmark "$1/cmark"
