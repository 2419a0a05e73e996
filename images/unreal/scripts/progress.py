"""Reads progress out of the lines that the engine's tools write.

Compiling counts actions ("[12/340] Compile Game.cpp"), cooking counts packages ("Cooked packages 10 Packages Remain 90 Total
100"), and UnrealAutomationTool names its stages ("********** COOK COMMAND STARTED **********").
"""

import re

ACTION = re.compile(r"\[(\d{1,9})/(\d{1,9})\] ")
COOKED = re.compile(r"Cooked packages (\d{1,9}) Packages Remain (\d{1,9}) Total (\d{1,9})")
STAGE = re.compile(r"\*{4,} ([A-Z][A-Z ]{1,40}) COMMAND STARTED \*{4,}")


class Progress:
    """`read` gives a line to show when a stage begins or another percent of it is done, otherwise None."""

    def __init__(self):
        self.stage, self.percent = "prepare", -1

    def read(self, line):
        line = line[:500]
        if stage := STAGE.search(line):
            self.stage, self.percent = stage[1].lower(), 0
            return f"progress: {self.stage}"
        if found := ACTION.search(line):
            done, total = int(found[1]), int(found[2])
        elif found := COOKED.search(line):
            done, total = int(found[1]), int(found[3])
        else:
            return None
        percent = 100 * done // total if total else 100
        if percent == self.percent:
            return None
        self.percent = percent
        return f"progress: {self.stage} {done} of {total} ({percent} %)"
