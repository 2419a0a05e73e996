// Sorts by several keys with projections, keeps the order of equals, and finds by binary search.
#include <algorithm>
#include <format>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

struct Person {
  std::string name;
  int age;
};

int main() {
  std::vector<Person> people{{"Ada", 36}, {"Grace", 85}, {"Edsger", 72}, {"Alan", 41}, {"Barbara", 72}};
  std::ranges::stable_sort(people, std::greater{}, &Person::age);
  for (const auto &[name, age] : people) std::cout << std::format("{:>8} {:3}\n", name, age);
  std::vector<int> numbers(1000);
  std::iota(numbers.rbegin(), numbers.rend(), 0);
  std::ranges::sort(numbers);
  std::cout << std::ranges::is_sorted(numbers) << ' ' << *std::ranges::lower_bound(numbers, 500) << '\n';
}
