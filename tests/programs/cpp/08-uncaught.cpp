// An exception that nobody catches: terminate says what it was, and SIGABRT ends the process.
#include <iostream>
#include <stdexcept>

int main() {
  std::cout << "before" << std::endl;
  throw std::runtime_error("nobody catches this");
}
