#!/bin/sh
# swift.sh DIRECTORY: FlatBuffers for Swift, as Debian ships its source, and its package of tests that needs no other packages.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" flatbuffers "$scratch/flatbuffers"
mkdir -p "$1/flatbuffers/tests/swift"
mv "$scratch"/flatbuffers/Package*.swift "$scratch/flatbuffers/swift" "$1/flatbuffers"
mv "$scratch/flatbuffers/tests/swift/Wasm.tests" "$1/flatbuffers/tests/swift"
