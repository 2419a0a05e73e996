// A hash map with a key type of its own, a million entries, and erasing while walking.
#include <cstdint>
#include <iostream>
#include <unordered_map>

struct Point {
  int x, y;
  bool operator==(const Point &) const = default;
};

template <> struct std::hash<Point> {
  size_t operator()(const Point &point) const noexcept {
    return std::hash<uint64_t>{}(static_cast<uint64_t>(point.x) << 32 | static_cast<uint32_t>(point.y));
  }
};

int main() {
  std::unordered_map<Point, int> grid;
  for (int x = 0; x < 1000; x++)
    for (int y = 0; y < 1000; y++) grid[{x, y}] = x ^ y;
  std::erase_if(grid, [](const auto &entry) { return entry.second % 2 != 0; });
  std::cout << grid.size() << ' ' << grid.at({10, 12}) << ' ' << grid.contains({1, 2}) << '\n';
}
