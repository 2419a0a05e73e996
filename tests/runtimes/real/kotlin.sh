#!/bin/sh
# kotlin.sh DIRECTORY: the programs of the guide to coroutines, from the source of kotlinx.coroutines.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" kotlinx-coroutines "$work/source"
mkdir -p "$1"
cp -R "$work/source/core/kotlinx-coroutines-core/test/guide" "$1/guide"
