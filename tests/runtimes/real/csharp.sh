#!/bin/sh
# csharp.sh DIRECTORY: the source of dnlib, a library of two hundred files that reads .NET programs, with its own examples: a
# project that refers to the library's. Of the examples the first is switched on, as their main file says to; it reads Mono's
# own core library.
set -eu
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" dnlib "$1/dnlib"
sed -i -e 's|^// *\(.*Example1\.Run\)|\1|' -e 's|^\([[:space:]]*\)\(Example6\.Run\)|\1// \2|' "$1/dnlib/Examples/Program.cs"
