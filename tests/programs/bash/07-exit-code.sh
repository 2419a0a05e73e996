# The exit code is the program's own; the trap for the end sees it, and still happens.
trap 'echo "cleaning up after $?" >&2' EXIT
echo leaving
exit 42
