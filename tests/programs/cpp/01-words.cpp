// Counts words of stdin, and prints them by count and then by name.
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

int main() {
  std::map<std::string, int> counts;
  for (std::string word; std::cin >> word;) counts[word]++;
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, [](const auto &a, const auto &b) { return a.second > b.second; });
  for (const auto &[word, count] : sorted) std::cout << count << ' ' << word << '\n';
}
