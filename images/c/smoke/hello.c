// Reads stdin, writes both streams, and chooses its own exit code, which is 7.
#include <stdio.h>

int main(void) {
  int count = 0;
  while (getchar() != EOF) count++;
  printf("out: %d bytes\n", count);
  fprintf(stderr, "err: a line on stderr\n");
  return 7;
}
