"""A pool of processes, with a start method that forks; results keep their order."""

import multiprocessing
import os


def factors(number):
    found, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return found, os.getpid()


if __name__ == "__main__":
    numbers = [360, 97, 1001, 65536, 999983]
    with multiprocessing.get_context("fork").Pool(3) as pool:
        results = pool.map(factors, numbers)
    for number, (found, pid) in zip(numbers, results):
        print(number, "=", " * ".join(map(str, found)), pid != os.getpid())
