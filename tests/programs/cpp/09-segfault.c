// Writes where nothing is: SIGSEGV ends the process, and what it has flushed before is not lost.
#include <stdio.h>

int main(int count, char **arguments) {
  (void)arguments;
  puts("before");
  fflush(stdout);
  volatile int *nowhere = (int *)(long)(count - 1);
  *nowhere = 1;
  puts("after");
}
