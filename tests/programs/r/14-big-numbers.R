# How far numbers go: integers end, doubles round, logarithms go on, complex ones turn.
print(.Machine$integer.max)
print(.Machine$integer.max + 1L)
print(2^53 == 2^53 + 1)
print(format(2^200, big.mark = ",", scientific = FALSE))
print(lfactorial(1000) / log(10), digits = 10)
print(c(5 %/% -2, 5 %% -2, -5 %/% 2, 1 / 0, 0 / 0))
print(0.1 + 0.2 == 0.3)
print(isTRUE(all.equal(0.1 + 0.2, 0.3)))
print(sqrt(as.complex(-4)) * 1i)
print(bitwXor(12L, 10L))
print(rev(as.integer(intToBits(10))[1:4]))
digits <- 1
for (factor in 2:30) {
  carry <- 0
  for (place in seq_along(digits)) {
    value <- digits[place] * factor + carry
    digits[place] <- value %% 10
    carry <- value %/% 10
  }
  while (carry > 0) {
    digits <- c(digits, carry %% 10)
    carry <- carry %/% 10
  }
}
cat(rev(digits), "\n", sep = "")
