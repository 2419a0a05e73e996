#!/bin/sh
# python-regression.sh DIRECTORY: Python's own tests, from the source of Debian's Python, and regression.py, which runs some.
set -eu
sh "$(dirname -- "$0")/../../../docker/debian-source.sh" python3.13 "$1/python"
mv "$1/python/Lib/test" "$1/test"
rm -rf "$1/python"
cat >"$1/regression.py" <<'END'
import runpy
import sys

names = "bisect collections csv dataclasses dict enum fractions functools generators heapq json list re set sqlite3 string "
names += "struct textwrap threading tomllib userdict"
sys.argv[1:] = ["--quiet", *(f"test_{name}" for name in names.split())]
runpy.run_module("test", run_name="__main__")
END
