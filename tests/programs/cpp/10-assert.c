// An assertion that does not hold.
#undef NDEBUG
#include <assert.h>
#include <stdio.h>

int main(void) {
  int sum = 2 + 2;
  printf("sum is %d\n", sum), fflush(stdout);
  assert(sum == 5);
}
