// The calendar of C++20, and a clock that never goes back.
#include <chrono>
#include <format>
#include <iostream>
#include <thread>

using namespace std::chrono;
using namespace std::chrono_literals;

int main() {
  const sys_days leap{2024y / February / 29};
  std::cout << std::format("{:%F %A}\n", leap) << std::format("{:%F}\n", leap + days{366});
  std::cout << (sys_days{2000y / January / 1} - sys_days{1970y / January / 1}).count() << " days\n";
  const auto begun = steady_clock::now();
  std::this_thread::sleep_for(20ms);
  std::cout << (steady_clock::now() - begun >= 20ms ? "slept\n" : "woke too early\n");
}
