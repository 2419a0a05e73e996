# Functions: local names, results by reference, recursion, and more than one way to return.
factorial() {
  local -i number=$1
  ((number < 2)) && {
    echo 1
    return
  }
  echo $((number * $(factorial $((number - 1)))))
}
swap() {
  local -n first=$1 second=$2
  local kept=$first
  first=$second
  second=$kept
}
depth() { ((${#FUNCNAME[@]} > 50)) && echo "${#FUNCNAME[@]}" || depth; }

factorial 10
left=l right=r
swap left right
echo "$left$right ${number-no number}"
depth
double() { printf -v "$1" '%d' $(($2 * 2)); }
double answer 21
echo "$answer"
exit "$(factorial 5)"
