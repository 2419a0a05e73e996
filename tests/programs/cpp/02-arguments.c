// Prints its arguments, each in brackets, with how many bytes it has.
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
  for (int at = 1; at < count; at++) printf("[%s] %zu\n", arguments[at], strlen(arguments[at]));
}
