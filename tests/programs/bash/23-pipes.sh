# Redirections: streams swapped, joined and closed, named pipes, the codes of a pipeline.
{ echo out; echo err >&2; } >both.txt 2>&1
swapped=$({ echo out; echo err >&2; } 3>&1 1>/dev/null 2>&3)
echo "$swapped"
echo "to stderr" >&2

mkfifo /tmp/pipe
echo "through a named pipe" >/tmp/pipe &
cat /tmp/pipe
true | false | (exit 3) | true
echo "${PIPESTATUS[@]}"
exec {number}<both.txt
read -r -u "$number" first
exec {number}<&-
echo "$first"
yes | head -3 | paste -sd' '
diff <(seq 3) <(seq 2 4) || echo "diff says $?"
