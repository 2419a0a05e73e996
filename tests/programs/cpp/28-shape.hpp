// A part of 28-header.cpp.
#pragma once

struct Shape {
  double width, height;
  constexpr double area() const { return width * height; }
};
