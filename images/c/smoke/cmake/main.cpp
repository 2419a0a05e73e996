#include <iostream>

int multiply(int, int);

int main() { std::cout << "6 times 7 is " << multiply(6, 7) << '\n'; }
