// Ends itself by a signal that it does not handle.
#include <signal.h>
#include <stdio.h>

int main(void) {
  puts("so long");
  fflush(stdout);
  raise(SIGTERM);
  return 0;
}
