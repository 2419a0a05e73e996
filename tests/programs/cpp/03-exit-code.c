// Ends with an exit code of its own from a handler that atexit registered.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void last(void) {
  puts("last words");
  fflush(stdout);
  _exit(42);
}

int main(void) {
  atexit(last);
  puts("first words");
  return 3;
}
