#!/bin/sh
# Without NET_CONNECT a remote is out of reach: the clone fails at once and asks for nothing. Prints `ok` and exits 0.
set -eu
cd /tmp
if git clone --quiet https://example.com/none.git 2>message; then
  echo "the clone succeeded"
  exit 1
fi
grep -q "unable to access" message
echo ok
