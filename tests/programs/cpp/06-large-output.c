// Writes two million bytes in lines of a hundred.
#include <stdio.h>

int main(void) {
  for (int line = 0; line < 20000; line++) {
    int count = printf("line %d ", line);
    for (; count < 99; count++) putchar('a' + (line + count) % 26);
    putchar('\n');
  }
}
