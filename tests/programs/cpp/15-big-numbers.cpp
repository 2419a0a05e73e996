// The factorial of its argument, in digits of nine decimals.
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <vector>

int main(int, char **arguments) {
  const uint64_t base = 1'000'000'000;
  std::vector<uint64_t> digits{1};
  for (int factor = 2; factor <= std::atoi(arguments[1]); factor++) {
    uint64_t carry = 0;
    for (auto &digit : digits) {
      carry += digit * factor;
      digit = carry % base;
      carry /= base;
    }
    if (carry != 0) digits.push_back(carry);
  }
  std::cout << digits.back();
  for (auto digit = digits.rbegin() + 1; digit != digits.rend(); digit++) std::cout << std::setfill('0') << std::setw(9) << *digit;
  std::cout << '\n';
}
