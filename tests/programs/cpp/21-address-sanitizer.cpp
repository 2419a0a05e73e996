// flags: -fsanitize=address -fno-omit-frame-pointer
// Reads what is freed: AddressSanitizer says where it was used, where freed and where allocated.
#include <iostream>
#include <memory>

int main() {
  auto number = std::make_unique<int>(7);
  int *kept = number.get();
  number.reset();
  return *kept;
}
