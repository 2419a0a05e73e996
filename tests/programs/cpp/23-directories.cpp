// Makes directories and files in the project, walks them, renames, and removes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

namespace fs = std::filesystem;

int main() {
  fs::remove_all("23-tree");
  fs::create_directories("23-tree/a/deep");
  fs::create_directory("23-tree/b");
  std::ofstream("23-tree/a/one.txt") << "one";
  std::ofstream("23-tree/a/deep/two.txt") << "twotwo";
  fs::rename("23-tree/a/deep/two.txt", "23-tree/b/two.txt");
  fs::remove("23-tree/a/deep");
  std::vector<fs::path> paths;
  for (const auto &entry : fs::recursive_directory_iterator("23-tree")) paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (const auto &path : paths) {
    std::cout << path.generic_string() << (fs::is_directory(path) ? "/" : ": " + std::to_string(fs::file_size(path))) << '\n';
  }
}
