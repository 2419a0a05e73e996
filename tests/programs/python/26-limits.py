"""Memory that is asked for and given back, recursion that ends in an error, and a full stack of generators."""

import resource
import sys
import tracemalloc

tracemalloc.start()
block = bytearray(32 << 20)
block[::4096] = b"x" * len(block[::4096])
print(tracemalloc.get_traced_memory()[0] >= 32 << 20)
del block
tracemalloc.stop()


def deeper(depth):
    return deeper(depth + 1)


try:
    deeper(0)
except RecursionError as error:
    print(type(error).__name__)
primes = (n for n in range(2, 100) if all(n % d for d in range(2, int(n**0.5) + 1)))
print(*primes)
print(resource.getrlimit(resource.RLIMIT_CORE)[0], sys.getrecursionlimit())
