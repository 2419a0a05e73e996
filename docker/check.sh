#!/bin/sh
# Every rule that a tool can hold: types, lint, format, arrows between folders, unused code. Called by `npm run check`.
#
# usage: sh docker/bootstrap.sh check
#
# All of them run, whatever fails; the last line names those that failed.
set -u

cd "$(dirname "$0")/.." || exit 1
failed=

# step NAME COMMAND...
step() {
  name=$1
  shift
  echo
  echo "==> $name"
  "$@" || failed="$failed, $name"
}

# Each leaf folder is a compilation of its own, so that its `lib` and `types` hold. What was compiled before is remembered.
types() {
  bad=0
  for config in $(find . -name node_modules -prune -o -name dist -prune -o -name .superos -prune -o -path './projects/*' -prune \
    -o -name tsconfig.json -print | sort); do
    memory=node_modules/.cache/tsc/$(echo "$config" | tr / _)
    tsc -p "$config" --incremental --tsBuildInfoFile "$memory" || { echo "in $config"; bad=1; }
  done
  return $bad
}

# What no linter here can see: a cast through unknown silences the compiler just as `any` does.
casts() {
  ! git grep --untracked -nE 'as unknown as' -- '*.ts' '*.tsx'
}

step types types
step lint oxlint
step casts casts
step format prettier --check --log-level warn .
# shellcheck disable=SC2046 # a list of folders
step arrows depcruise --config .dependency-cruiser.mjs $(ls -d kernel policy egress ui bench tests docker vitest.config.ts 2>/dev/null)
step unused knip --no-progress

echo
if [ -n "$failed" ]; then
  echo "check failed: ${failed#, }"
  exit 1
fi
echo "check passed"
