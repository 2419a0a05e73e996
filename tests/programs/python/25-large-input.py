"""A hundred kilobytes on stdin, read to the end and hashed."""

import hashlib
import sys

data = sys.stdin.buffer.read()
numbers = [int(line) for line in data.split()]
print(len(data), len(numbers), sum(numbers))
print(hashlib.sha256(data).hexdigest())
