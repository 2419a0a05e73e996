# A library written into the project is read from there; eval and declare bring functions back from text.
cat >library.sh <<'END'
greet() { echo "hello, $1"; }
END
source ./library.sh
greet box
copy=$(declare -f greet)
unset -f greet
eval "$copy"
greet again
echo "${BASH_SOURCE[0]##*/} $(type -t greet) $(command -v cat)"
select_one() { PS3=; select word in red green; do echo "$word"; break; done 2>/dev/null; }
select_one <<<2
