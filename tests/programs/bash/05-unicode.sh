# Characters and bytes of text on stdin differ, and nothing is lost on the way out.
IFS= read -r line
printf '%s\n' "$line"
echo "${#line} $(printf %s "$line" | wc -c)"
echo "${line:7:3} ${line:11:2} ${line^^}"
printf '\u00e9 \U1F389 %d\n' "'é"
[[ $line =~ (日本.) ]] && echo "${BASH_REMATCH[1]}"
