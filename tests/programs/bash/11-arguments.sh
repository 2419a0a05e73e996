# Arguments arrive as they were given: spaces, quotes, stars, empty ones.
shout= times=1
while getopts n:s option; do
  case $option in
    n) times=$OPTARG ;;
    s) shout=yes ;;
    *) exit 64 ;;
  esac
done
shift $((OPTIND - 1))
echo "$# left"
for word; do
  [[ $shout ]] && word=${word^^}
  printf '%q\n' "$word"
done
printf '!%.0s' $(seq "$times")
echo
