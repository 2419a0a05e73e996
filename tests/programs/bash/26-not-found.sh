# A command that is not there gives 127, one that may not be run 126, and one that a signal ended 128 and its number.
echo >/tmp/plain
/tmp/plain 2>/dev/null || echo "$?"
sh -c 'kill -9 $$' 2>/dev/null || echo "$?"
no-such-command
