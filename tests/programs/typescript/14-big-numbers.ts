// Whole numbers without end: fractions in lowest terms, and a modular power.
class Fraction {
  readonly over: bigint;
  readonly under: bigint;

  constructor(over: bigint, under: bigint = 1n) {
    const divisor = Fraction.#common(over, under);
    this.over = over / divisor;
    this.under = under / divisor;
  }

  static #common(a: bigint, b: bigint): bigint {
    return b === 0n ? a : Fraction.#common(b, a % b);
  }

  plus({ over, under }: Fraction): Fraction {
    return new Fraction(this.over * under + over * this.under, this.under * under);
  }

  toString(): `${bigint}/${bigint}` {
    return `${this.over}/${this.under}`;
  }
}

let sum = new Fraction(0n);
for (let n = 1n; n <= 10n; n++) sum = sum.plus(new Fraction(1n, n));
console.log(String(sum));
console.log(2n ** 200n);

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (exponent === 0n) return 1n;
  const half = power(base, exponent / 2n, modulus) ** 2n % modulus;
  return exponent % 2n === 0n ? half : (half * base) % modulus;
}
console.log(power(3n, 1_000_000n, 1_000_000_007n), Number.MAX_SAFE_INTEGER, 0.1 + 0.2);
