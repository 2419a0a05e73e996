"""What is known of the engine: where it is, and its version."""

import json
import os
import pathlib

ROOT = pathlib.Path(os.environ.get("UE_ROOT", "/home/ue4/UnrealEngine"))


def engine_version():
    """Major, minor and patch."""
    with open(ROOT / "Engine/Build/Build.version", encoding="utf-8-sig") as file:
        version = json.load(file)
    return version["MajorVersion"], version["MinorVersion"], version["PatchVersion"]
