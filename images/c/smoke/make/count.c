#include <stdio.h>

int main(int count, char **arguments) {
  for (int at = 1; at < count; at++) puts(arguments[at]);
  return count - 1;
}
