// Whole numbers without end, and how far the others go.
const power = (base, exponent, modulus) => {
  let result = 1n;
  for (let factor = base % modulus; exponent > 0n; exponent >>= 1n, factor = (factor * factor) % modulus)
    if (exponent & 1n) result = (result * factor) % modulus;
  return result;
};
let factorial = 1n;
for (let n = 2n; n <= 30n; n++) factorial *= n;

console.log(2n ** 200n);
console.log(String(factorial), BigInt.asUintN(64, -1n).toString(16));
console.log(power(3n, 10n ** 6n, 1_000_000_007n));
console.log(2 ** 53 === 2 ** 53 + 1, 0.1 + 0.2, (0.1).toFixed(20));
console.log(Number.MAX_VALUE, -0, Object.is(-0, 0), 7 % -3, -7 % 3, 5 / 0);
