# Pipelines, jobs, process substitution and the tools of the image work inside the box. Prints `ok` and exits 0.
set -euo pipefail

[[ $(seq 1000 | paste -sd+ | bc) == 500500 ]]
[[ $(jq -c '.a | map(. + 1)' <<<'{"a":[1,2]}') == '[2,3]' ]]
[[ $(comm -12 <(printf '%s\n' a b c) <(printf '%s\n' b c d) | tr '\n' ' ') == 'b c ' ]]
curl --version >/dev/null

sleep 30 &
kill "$!"
status=0
wait "$!" || status=$?
[[ $status == 143 ]]

file=$(mktemp)
trap 'rm -f "$file"' EXIT
echo kept >"$file"
[[ $(<"$file") == kept ]]
echo ok
