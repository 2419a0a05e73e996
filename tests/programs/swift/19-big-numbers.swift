// The factorial of its argument, in digits of nine decimals.
let last = UInt64(CommandLine.arguments[1])!
var digits: [UInt64] = [1]
for factor in 2...last {
  var carry: UInt64 = 0
  for at in digits.indices {
    carry += digits[at] * factor
    digits[at] = carry % 1_000_000_000
    carry /= 1_000_000_000
  }
  if carry > 0 { digits.append(carry) }
}
let rest = digits.dropLast().reversed().map { String(repeating: "0", count: 9 - String($0).count) + String($0) }
print("\(digits.last!)" + rest.joined())
print(UInt64.max.multipliedFullWidth(by: 3))
