"""Whole numbers without end, exact decimals and fractions."""

from decimal import Decimal, getcontext
from fractions import Fraction
from math import comb, factorial, isqrt

print(2**200)
print(factorial(30), comb(100, 50))
getcontext().prec = 50
print(Decimal(2).sqrt())
print(sum(Fraction(1, n) for n in range(1, 11)))
print(isqrt(10**40), pow(3, 10**6, 1_000_000_007))
print(0.1 + 0.2, Decimal("0.1") + Decimal("0.2"))
