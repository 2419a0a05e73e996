# Reads stdin, writes both streams, and chooses its own exit code, 7.
text=$(cat; printf x)
text=${text%x}
echo "out: ${#text} characters"
echo "err: a line on stderr" >&2
exit 7
