// Threads, exceptions and the standard library of C++20 work inside the box. Prints `ok` and exits 0.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <ranges>
#include <stdexcept>
#include <thread>
#include <vector>

int main() {
  std::atomic<int> sum{0};
  {
    std::vector<std::jthread> threads;
    for (int each : std::views::iota(0, 8)) threads.emplace_back([&sum, each] { sum += each; });
  }
  if (sum != 28) return EXIT_FAILURE;
  try {
    throw std::runtime_error("thrown");
  } catch (const std::exception &error) {
    if (std::string(error.what()) != "thrown") return EXIT_FAILURE;
  }
  std::cout << "ok\n";
}
