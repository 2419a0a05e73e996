# Signals that are handled: from itself, from a child, and one that is ignored by it and its children.
heard=()
trap 'heard+=(USR1)' USR1
trap 'heard+=(HUP)' HUP
trap '' USR2
kill -USR1 $$
(kill -HUP $$) &
wait
kill -USR2 $$
sh -c 'kill -USR2 $$; echo "the child lives"'
wait
echo "${heard[@]}"
exit 3
