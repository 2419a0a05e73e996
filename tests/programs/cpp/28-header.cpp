// Includes a header of the project, and computes while compiling.
#include "28-shape.hpp"
#include <array>
#include <iostream>

constexpr std::array<Shape, 3> shapes{{{1, 2}, {3, 4}, {5, 6}}};

consteval double total() {
  double sum = 0;
  for (const Shape &shape : shapes) sum += shape.area();
  return sum;
}

static_assert(total() == 44);

int main() { std::cout << total() << '\n'; }
