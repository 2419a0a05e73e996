"""Signals that are handled: an alarm, and one from a child."""

import os
import signal
import sys

heard = []
signal.signal(signal.SIGUSR1, lambda number, _: heard.append(signal.Signals(number).name))
signal.signal(signal.SIGALRM, lambda number, _: heard.append(signal.Signals(number).name))

child = os.fork()
if child == 0:
    os.kill(os.getppid(), signal.SIGUSR1)
    os._exit(0)
os.waitpid(child, 0)
signal.setitimer(signal.ITIMER_REAL, 0.05)
while len(heard) < 2:
    signal.pause()
print(heard)
sys.exit(3)
