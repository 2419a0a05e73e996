# Maps and lists: keys of any text, slices, deletions, and a map of ten thousand.
declare -A colour=([apple]=red [banana]=yellow ["two words"]=none)
colour[cherry]=${colour[apple]}
unset 'colour[banana]'
for key in "${!colour[@]}"; do echo "$key: ${colour[$key]}"; done | sort
[[ -v colour[apple] && ! -v colour[banana] ]] && echo "${#colour[@]}"

list=(a b c d e)
unset 'list[1]'
echo "${list[@]:1:2} ${#list[@]} ${!list[*]} ${list[-1]} ${list[*]/#/_}"

declare -A many
for ((number = 0; number < 10000; number++)); do many[key$number]=$((number % 7)); done
sum=0
for value in "${many[@]}"; do ((sum += value)); done
echo "${#many[@]} $sum ${many[key9999]}"
