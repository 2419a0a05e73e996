"""What starts a Python project that is installed in this environment: prints one line for run-python.

usage: entry_point.py DIR

`script NAME` if it brings one command, or one that is named like the project; else `module NAME` for a package with a
`__main__`; else `file NAME`; else `nothing`.
"""

import importlib.metadata
import importlib.util
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


def installed():
    """The project itself: the one that did not come from an index."""
    for one in importlib.metadata.distributions():
        if one.read_text("direct_url.json") is not None:
            return one
    return None


def start():
    project = installed()
    if project is not None:
        scripts = [entry.name for entry in project.entry_points if entry.group == "console_scripts"]
        name = project.metadata["Name"]
        for script in scripts:
            if len(scripts) == 1 or script == name:
                return f"script {script}"
        for module in (project.read_text("top_level.txt") or "").split():
            if importlib.util.find_spec(f"{module}.__main__") is not None:
                return f"module {module}"
    for file in ("__main__.py", "main.py", "app.py"):
        if (folder / file).is_file():
            return f"file {file}"
    return "nothing"


print(start())
