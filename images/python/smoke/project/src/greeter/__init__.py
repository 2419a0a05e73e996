import importlib.metadata
import sys


def main():
    assert importlib.metadata.version("greeter") == "1.0"
    print("hello,", *sys.argv[1:])
