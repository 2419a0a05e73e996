// Does not compile: a function that is not there.
#include <iostream>

int main() {
  missing();
  std::cout << "not reached\n";
}
