// Does not compile: `count` is declared nowhere. The build fails and the message names line 6.
#include <stdio.h>

int main(void) {
  // The next line is the wrong one.
  printf("%d\n", count);
}
