// Writes both streams in turn and ends with 5.
#include <stdio.h>

int main(void) {
  for (int count = 1; count <= 3; count++) {
    printf("out %d\n", count);
    fprintf(stderr, "err %d\n", count);
  }
  return 5;
}
