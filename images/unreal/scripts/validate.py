"""validate PROJECT: says what is wrong with a .uproject, as a compiler does; exits 1 if any of it is an error."""

import pathlib
import sys

from descriptor import Descriptor
from engine import engine_version

LIMIT_BYTES = 1 << 20


def validate(path):
    """Whether the project may be built."""
    project = pathlib.Path(path)
    with open(project, "rb") as file:
        raw = file.read(LIMIT_BYTES + 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        findings = [(1, "error", f"this is not UTF-8 (byte {error.start})")]
    else:
        descriptor = Descriptor(text, lambda pattern: any(project.parent.glob(pattern)), engine_version())
        findings = descriptor.check() if len(raw) <= LIMIT_BYTES else [(1, "error", "a project file has at most 1 MiB")]
    for line, kind, message in findings:
        print(f"{project}:{line}: {kind}: {message}", file=sys.stderr)
    return all(kind != "error" for _, kind, _ in findings)


if __name__ == "__main__":
    sys.exit(0 if validate(sys.argv[1]) else 1)
