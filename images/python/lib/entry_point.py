"""What starts a Python project that has a pyproject.toml: prints one line for run-python.

usage: entry_point.py DIR

`script NAME` if it installs one command, or one that is named like the project; else `module NAME` for a package with
a `__main__`; else `file NAME`; else `nothing`.
"""

import pathlib
import re
import sys
import tomllib

folder = pathlib.Path(sys.argv[1])
try:
    project = tomllib.loads((folder / "pyproject.toml").read_text()).get("project", {})
except tomllib.TOMLDecodeError as error:
    sys.exit(f"pyproject.toml: {error}")


def start():
    name = project.get("name", "")
    scripts = list(project.get("scripts", {}))
    for script in scripts:
        if len(scripts) == 1 or script == name:
            return f"script {script}"
    module = re.sub(r"[-.]+", "_", name)
    for place in (folder / "src" / module, folder / module):
        if module and (place / "__main__.py").is_file():
            return f"module {module}"
    for file in ("__main__.py", "main.py", "app.py"):
        if (folder / file).is_file():
            return f"file {file}"
    return "nothing"


print(start())
