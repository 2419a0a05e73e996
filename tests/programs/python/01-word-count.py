"""Counts words on stdin, most frequent first, then by name."""

import sys
from collections import Counter

counts = Counter(sys.stdin.read().split())
for word, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
    print(f"{count:>3} {word}")
