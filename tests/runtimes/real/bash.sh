#!/bin/sh
# bash.sh DIRECTORY: shUnit2, which tests shell scripts, and its examples, from Debian; all.sh runs each of them.
set -eu
sh "$(dirname -- "$0")/debian-package.sh" "$1/packages" shunit2
mv "$1/packages/usr/share/shunit2/shunit2" "$1/shunit2"
mv "$1/packages/usr/share/doc/shunit2/examples" "$1/examples"
rm -rf "$1/packages"
cat >"$1/all.sh" <<'END'
# shUnit2 executes what it writes, which /tmp forbids.
mkdir -p /project/tmp || exit
export TMPDIR=/project/tmp
cd /project/examples || exit
export SHUNIT_COLOR=none
failed=0
# The two others fail, to show what that looks like.
for name in equality math mkdir mock_file suite; do
  bash "${name}_test.sh" >"/tmp/$name" 2>&1 || failed=$((failed + 1))
  echo "$name: $(grep '^Ran' "/tmp/$name") $(tail -n 1 "/tmp/$name")"
done
exit "$failed"
END
