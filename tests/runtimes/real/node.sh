#!/bin/sh
# node.sh DIRECTORY: deep-equal as it is in the npm registry, with its tests; what runs them, tape, is for its build to install.
set -eu
cd "$1"
npm pack --silent deep-equal@1.0.1 >/dev/null
tar -xzf deep-equal-1.0.1.tgz
rm deep-equal-1.0.1.tgz
