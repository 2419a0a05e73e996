# Whole numbers of the shell end at 64 bits; those of bc do not.
echo $((2 ** 62)) $((0x7fffffffffffffff + 1)) $((16#ff)) $((2#1010)) $((-7 / 2)) $((-7 % 3))
export BC_LINE_LENGTH=0
bc <<'END'
define f(n) {
  if (n < 2) return 1;
  return n * f(n - 1);
}
2^200
f(30)
END
bc -l <<<'scale=40; sqrt(2); 4 * a(1)'
bits=0
for ((number = 123456789; number > 0; number >>= 1)); do ((bits += number & 1)); done
echo "$bits"
printf '%x %o %e %.3f\n' 255 8 12345.678 3.14159
