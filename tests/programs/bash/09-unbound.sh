# A variable without a value is an error, if one wants it to be.
set -u
echo "${given-nothing} ${given:=now} $given"
echo "$missing"
echo "not reached"
