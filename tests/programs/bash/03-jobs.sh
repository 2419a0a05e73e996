# Jobs run beside each other; each is waited for, and has its own exit code.
work() {
  sleep "0.$1"
  return "$1"
}
pids=()
for number in 1 2 3 4; do
  work "$number" &
  pids+=("$!")
done
sum=0
for pid in "${pids[@]}"; do
  wait "$pid"
  code=$?
  echo "code $code"
  sum=$((sum + code))
done
echo "sum $sum, left: $(jobs -r | wc -l)"
exit "$code"
