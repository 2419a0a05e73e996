# Counts words on stdin, most frequent first, then by name.
declare -A counts
while read -ra words; do
  for word in "${words[@]}"; do counts[$word]=$((${counts[$word]-0} + 1)); done
done
for word in "${!counts[@]}"; do printf '%3d %s\n' "${counts[$word]}" "$word"; done | sort -k1,1nr -k2,2
