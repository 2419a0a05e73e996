// flags: -fsanitize=undefined
// Adds past the largest int: the sanitizer tells, and the program goes on.
#include <limits.h>
#include <stdio.h>

int main(int count, char **arguments) {
  (void)arguments;
  int largest = INT_MAX;
  int sum = count + largest;
  puts(sum < 0 ? "it wrapped" : "it did not wrap");
}
