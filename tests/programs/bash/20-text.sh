# Parts of texts: what is cut off, replaced, padded, matched, and documents within the program.
path=/srv/data/archive.tar.gz
echo "${path##*/} ${path%%.*} ${path/data/logs} ${path: -2} ${path@Q}"
echo "${path//[aeiou]/_}" "${#path}"
pattern='^/([^/]+)/(.*)\.tar\.(gz|xz)$'
[[ $path =~ $pattern ]] && printf '<%s>' "${BASH_REMATCH[@]:1}" && echo
name=world
cat <<END
hello, $name: $((6 * 7)) \$name
END
cat <<'END'
hello, $name
END
sed -n 's/^\(.\)\(.*\)$/\2\1/p' <<<"rotate"
awk -F: '{ total += $2 } END { printf "%.2f\n", total / NR }' <<<$'a:1\nb:2\nc:4'
