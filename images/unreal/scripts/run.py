"""run OUT ARGUMENTS...: runs the packaged game. The box has no screen and no sound, so it draws nothing and is silent.

What a game keeps goes to /tmp, because what was built is read-only.
"""

import os
import pathlib
import sys

HEADLESS = ["-nullrhi", "-nosound", "-unattended", "-stdout", "-FullStdOutLogOutput", "-userdir=/tmp/unreal"]

if __name__ == "__main__":
    games = sorted(pathlib.Path(sys.argv[1], "archive").glob("Linux*/*.sh"))
    if not games:
        sys.exit("the build left no game for Linux in the archive")
    os.execvp(games[0], [str(games[0]), *HEADLESS, *sys.argv[2:]])
