# A tree of files with awkward names is made, renamed, found and tested.
set -e
mkdir -p tree/{a,c,d}
echo 1 >tree/a/one.txt
printf '2\n2\n' >'tree/c/two words.txt'
mv tree/c tree/b
cp -r tree/a tree/d/copy
rm -r tree/d

find tree -mindepth 1 -print0 | sort -z | tr '\0' '|'
echo
shopt -s globstar nullglob
files=(tree/**/*.txt none/*)
echo "${#files[@]} ${files[-1]##*/} ${files[0]%.txt}"
[[ -d tree && -s ${files[0]} && ! -e tree/d && tree/a -ef tree/b/../a ]] && stat -c '%s %F' "${files[1]}"
