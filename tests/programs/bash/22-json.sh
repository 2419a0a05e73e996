# JSON on stdin is queried, changed and turned into a table and back.
json=$(cat)
jq -r '.[] | [.name, .age, (.tags | length)] | @tsv' <<<"$json"
jq -c 'map(select(.age > 10) | .age += 1 | del(.tags))' <<<"$json"
jq -r 'map(.age) | add / length' <<<"$json"
while IFS=$'\t' read -r name age; do
  jq -cn --arg name "$name" --argjson age "$age" '{($name): $age}'
done < <(jq -r '.[] | [.name, .age] | @tsv' <<<"$json") | jq -cs add
jq . <<<'{broken' 2>/dev/null || echo "jq says $?"
