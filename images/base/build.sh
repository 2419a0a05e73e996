#!/bin/sh
# superos-build OUT COMMAND...: runs COMMAND, which makes its outputs in the directory OUT, once: OUT.ok says that they are
# whole. Whoever comes meanwhile waits for it. TMPDIR is a place where programs may be executed. Of the outputs beside it
# those that were made longest ago are removed.
set -u
out=$1
shift
mkdir -p "${out%/*}" || exit 125
exec 9>"$out.lock" || exit 125
flock 9 || exit 125
[ ! -e "$out.ok" ] || exit 0
rm -rf "$out" "$out.tmp"
mkdir "$out" "$out.tmp" || exit 125
TMPDIR=$out.tmp "$@" 9>&-
status=$?
rm -rf "$out.tmp"
if [ "$status" -ne 0 ]; then
  rm -rf "$out"
  exit "$status"
fi
: >"$out.ok"
cd "${out%/*}" || exit 125
# Names are digests, made by no program.
ls -1t -- *.ok | tail -n +65 | while read -r old; do rm -rf -- "${old%.ok}" "${old%.ok}.lock" "$old"; done
