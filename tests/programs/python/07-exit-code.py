"""The exit code is the program's own; what is registered for the end still happens."""

import atexit
import sys

atexit.register(lambda: print("cleaning up", file=sys.stderr))
print("leaving")
sys.exit(42)
