"""Reads stdin, writes both streams, and chooses its own exit code."""

import sys

text = sys.stdin.read()
print(f"out: {len(text)} characters")
print("err: a line on stderr", file=sys.stderr)
sys.exit(7)
