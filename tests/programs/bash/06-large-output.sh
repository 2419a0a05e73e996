# More than one and a half megabytes in short lines, by the shell alone.
for ((number = 0; number < 120000; number++)); do
  printf '%07d %d\n' "$number" "$((number * number))"
done
