#!/bin/sh
# Brings a checkout to where it can start, test, check or measure: packages, engine, images, user interfaces.
#
# usage: sh docker/bootstrap.sh start|test|check|bench [ARGUMENT...]
#
# Each step looks first and does nothing when its result is there. The program itself takes this shell's place (exec),
# so that signals reach it. Progress goes to stderr. Nothing outside the checkout is changed, except that root on Debian
# or Ubuntu gets packages that are missing (Docker, and for tests a browser).
set -eu

cd "$(dirname "$0")/.."
say() { echo "==> $*" >&2; }
die() { echo "superos: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

task=${1:-}
case $task in
  start | test | check | bench) shift ;;
  *) echo "usage: sh docker/bootstrap.sh start|test|check|bench [ARGUMENT...]" >&2; exit 2 ;;
esac

# The package `node` brings the Node 24 that runs everything; any Node from 20 can install it.
install_packages() {
  command -v node >/dev/null && command -v npm >/dev/null ||
    die "Node.js and npm are not installed." "Install Node.js 20 or newer (npm comes with it), then run this again."
  version=$(node --version)
  major=${version#v}
  [ "${major%%.*}" -ge 20 ] 2>/dev/null || die "Node.js $version is too old." "Install Node.js 20 or newer."
  installed=node_modules/.package-lock.installed
  cmp -s package-lock.json "$installed" && return
  say "Installing packages (npm ci, about a minute)"
  npm ci --include=dev --no-audit --no-fund >&2
  cp package-lock.json "$installed"
}

use_node_24() {
  PATH="$PWD/node_modules/.bin:$PATH"
  # Node keeps what it compiled, TypeScript most of all, for the next start.
  NODE_COMPILE_CACHE="$PWD/node_modules/.cache/node"
  export PATH NODE_COMPILE_CACHE
  version=$(node_modules/.bin/node --version 2>/dev/null) || version=nothing
  case $version in
    v24.*) ;;
    *) die "node_modules/.bin/node should be Node 24 and is $version." \
      "Allow install scripts (npm config get ignore-scripts), remove node_modules, then run this again." ;;
  esac
}

# build NAME OUTPUT: bundles ui/NAME when what goes into it has changed.
build() {
  hash=$(node docker/content-hash.mjs "ui/$1" ui/diagnostics kernel/abi package-lock.json tsconfig.base.json)
  [ -f "$2" ] && [ "$(cat "dist/.hash-$1" 2>/dev/null)" = "$hash" ] && return
  say "Building ui/$1"
  vite build --logLevel warn -c "ui/$1/vite.config.ts" >&2
  echo "$hash" >"dist/.hash-$1"
}

# What tests use where they can have it. A test says so itself where it is skipped for the lack of one.
provide_test_tools() {
  command -v dpkg-source >/dev/null || sh docker/apt-install.sh dpkg-dev ||
    say "Without dpkg-dev, source packages are unpacked by tar"
  [ -x /usr/bin/chromium ] || sh docker/apt-install.sh chromium fonts-dejavu-core ||
    say "Without /usr/bin/chromium the browser tests are skipped"
}

install_packages
use_node_24
[ "$task" != check ] || exec sh docker/check.sh "$@"

sh docker/engine.sh
case $task in
  start) node kernel/setup.ts >&2 ;;
  *) node kernel/setup.ts python >&2 ;;
esac
build web dist/web/index.html
build cli dist/cli/superos.js

case $task in
  start) exec node kernel/main.ts "$@" ;;
  bench) exec node bench/main.ts "$@" ;;
  test)
    provide_test_tools
    exec vitest run "$@"
    ;;
esac
