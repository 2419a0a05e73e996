"""build PROJECT OUT: validates a project, then builds, cooks, stages and packages it for Linux with BuildCookRun.

The engine writes beside the project's sources, and the project is read-only here: it works on a copy in OUT/work. What it
makes is in OUT/archive: the packaged game with its script OUT/archive/Linux/NAME.sh. Caches, logs and the engine's notes
go below OUT/home, because the engine itself is read-only too. Every line of the engine's is passed on as it comes, with
lines of progress between them.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from engine import ROOT
from progress import Progress
from validate import validate

LEFT_OUT = shutil.ignore_patterns(".git", ".vs", "Binaries", "DerivedDataCache", "Intermediate", "Saved")


def command(project, archive):
    return [
        str(ROOT / "Engine/Build/BatchFiles/RunUAT.sh"), "BuildCookRun", f"-project={project}", "-platform=Linux",
        "-clientconfig=Development", "-build", "-cook", "-stage", "-package", "-pak", "-archive", f"-archivedirectory={archive}",
        "-nop4", "-nocompile", "-nocompileuat", "-installed", "-unattended", "-utf8output", "-buildmachine", "-nosplash", "-stdout",
    ]  # fmt: skip


def environment(home):
    return {
        **os.environ,
        "HOME": str(home),
        "uebp_LogFolder": str(home / "logs"),
        "uebp_FinalLogFolder": str(home / "logs"),
        "UE-LocalDataCachePath": str(home / "derived-data"),
        "UE-SharedDataCachePath": "None",
        "DOTNET_CLI_HOME": str(home),
        "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    }


def main(project, out):
    project, out = pathlib.Path(project), pathlib.Path(out)
    if not validate(project):
        return 1
    work, home = out / "work", out / "home"
    (home / "logs").mkdir(parents=True)
    shutil.copytree(project.parent, work, ignore=LEFT_OUT, symlinks=True)
    progress = Progress()
    with subprocess.Popen(
        command(work / project.name, out / "archive"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(home),
    ) as tool:  # fmt: skip
        for raw in tool.stdout:
            line = raw.decode("utf-8", "replace").replace(f"{work}/", f"{project.parent}/")
            wrong = any(mark in line for mark in (": error", "Error: ", "ERROR: ", ": fatal error"))
            print(line, end="", file=sys.stderr if wrong else sys.stdout, flush=True)
            if told := progress.read(line):
                print(told, flush=True)
    if tool.returncode != 0:
        print(f"BuildCookRun ended with {tool.returncode}", file=sys.stderr)
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
