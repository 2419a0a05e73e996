# Work is spread over processes by xargs, and by coprocesses that answer.
seq 1 20 | xargs -P 4 -I {} sh -c 'echo $(({} * {}))' | sort -n | paste -sd' '

coproc DOUBLER { while read -r number; do echo $((number * 2)); done; }
for number in 7 21; do
  echo "$number" >&"${DOUBLER[1]}"
  read -r answer <&"${DOUBLER[0]}"
  echo "$number doubled is $answer"
done
exec {DOUBLER[1]}>&-
wait
