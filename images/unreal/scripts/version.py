"""Prints the engine's version, as Engine/Build/Build.version has it."""

from engine import engine_version

if __name__ == "__main__":
    print("Unreal Engine " + ".".join(str(each) for each in engine_version()))
