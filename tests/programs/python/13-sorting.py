"""Stable sorts by several keys, a heap, and binary search."""

import bisect
import heapq
import sys

rows = [(name, int(count)) for name, count in (line.split() for line in sys.stdin)]
print(sorted(rows, key=lambda row: row[1], reverse=True))
rows.sort(key=lambda row: row[0])
rows.sort(key=lambda row: row[1])
print(rows)
print(heapq.nlargest(2, rows, key=lambda row: row[1]))
ordered = sorted(count for _, count in rows)
print(ordered, bisect.bisect_left(ordered, 3), bisect.bisect_right(ordered, 3))
