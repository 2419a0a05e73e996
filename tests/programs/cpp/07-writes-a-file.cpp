// Writes a file in the project, reads it back, and adds a line.
#include <fstream>
#include <iostream>
#include <string>

int main() {
  {
    std::ofstream notes("07-notes.txt");
    if (!notes) return 1;
    notes << "first\nsecond\n";
  }
  std::ofstream("07-notes.txt", std::ios::app) << "third\n";
  std::ifstream notes("07-notes.txt");
  int lines = 0;
  for (std::string line; std::getline(notes, line);) std::cout << ++lines << ": " << line << '\n';
}
