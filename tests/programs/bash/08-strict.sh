# With errexit a failing command ends the program; one that is asked about does not.
set -Eeuo pipefail
trap 'echo "line $LINENO: exit $?" >&2' ERR

if false; then echo "not reached"; fi
false || echo "asked about"
attempt() {
  return 3
}
echo "before"
attempt
echo "not reached"
