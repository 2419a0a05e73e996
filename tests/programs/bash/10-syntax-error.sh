# What stands before the broken command is run: a shell reads as it goes.
echo "reached"

if true; then
  echo "not reached"
done
