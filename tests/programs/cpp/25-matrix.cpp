// Reads a square matrix and prints its determinant, by fractions-free elimination.
#include <iostream>
#include <utility>
#include <vector>

int main() {
  int size;
  std::cin >> size;
  std::vector<std::vector<long>> rows(size, std::vector<long>(size));
  for (auto &row : rows)
    for (auto &cell : row) std::cin >> cell;
  long sign = 1, previous = 1;
  for (int step = 0; step + 1 < size; step++) {
    int pivot = step;
    while (pivot < size && rows[pivot][step] == 0) pivot++;
    if (pivot == size) {
      std::cout << "0\n";
      return 0;
    }
    if (pivot != step) std::swap(rows[pivot], rows[step]), sign = -sign;
    for (int row = step + 1; row < size; row++)
      for (int column = step + 1; column < size; column++)
        rows[row][column] = (rows[row][column] * rows[step][step] - rows[row][step] * rows[step][column]) / previous;
    previous = rows[step][step];
  }
  std::cout << sign * rows[size - 1][size - 1] << '\n';
}
