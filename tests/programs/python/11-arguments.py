"""Arguments arrive as they were given: spaces, quotes, empty ones."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--times", type=int, default=1)
parser.add_argument("--shout", action="store_true")
parser.add_argument("words", nargs="*")
given = parser.parse_args()
for word in given.words:
    print(repr(word.upper() if given.shout else word))
print("!" * given.times)
