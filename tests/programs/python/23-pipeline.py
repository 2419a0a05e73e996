"""A pipeline of children, the exit code of one, and one that is killed."""

import signal
import subprocess
import sys

first = subprocess.Popen(["seq", "1", "20"], stdout=subprocess.PIPE)
second = subprocess.Popen(["grep", "1"], stdin=first.stdout, stdout=subprocess.PIPE, text=True)
first.stdout.close()
print(second.communicate()[0].split(), first.wait(), second.returncode)

sleeper = subprocess.Popen(["sleep", "100"])
sleeper.kill()
print(signal.Signals(-sleeper.wait()).name)
try:
    subprocess.run(["sleep", "100"], timeout=0.05, check=False)
except subprocess.TimeoutExpired as error:
    print("too long:", error.cmd)
sys.exit(subprocess.call(["sh", "-c", "exit 5"]))
