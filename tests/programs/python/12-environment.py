"""The environment of the box, and one for a child alone."""

import os
import subprocess

print(os.environ["PATH"], os.environ["LANG"], "SHELL" in os.environ)
child = {**os.environ, "GREETING": "hello  there"}
shown = subprocess.run(["sh", "-c", 'echo "$GREETING"'], env=child, capture_output=True, text=True, check=True)
print(shown.stdout, end="")
print(os.environ.get("GREETING"))
