// Sees the image's environment, sets a variable, and finds that a child process has it.
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  printf("LANG is %s\n", getenv("LANG"));
  setenv("GREETING", "hello from the parent", 1);
  fflush(stdout);
  return system("printf '%s\\n' \"$GREETING\"") == 0 ? 0 : 1;
}
