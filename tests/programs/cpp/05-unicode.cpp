// Counts code points of each line of UTF-8, and prints them as numbers.
#include <cstdint>
#include <format>
#include <iostream>
#include <string>
#include <vector>

static std::vector<uint32_t> decode(const std::string &text) {
  std::vector<uint32_t> points;
  for (unsigned char byte : text) {
    if ((byte & 0xc0) != 0x80) points.push_back(byte < 0x80 ? byte : byte & (0x3f >> ((byte >= 0xe0) + (byte >= 0xf0))));
    else points.back() = points.back() << 6 | (byte & 0x3f);
  }
  return points;
}

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto points = decode(line);
    std::cout << line << ": " << line.size() << " bytes, " << points.size() << " code points:";
    for (uint32_t point : points) std::cout << std::format(" {:x}", point);
    std::cout << '\n';
  }
}
