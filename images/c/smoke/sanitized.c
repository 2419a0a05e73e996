// flags: -fsanitize=address,undefined -fno-omit-frame-pointer
// AddressSanitizer works inside the box: it tells of the write past the array's end, and the program exits 1.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  (void)argv;
  int *numbers = malloc(4 * sizeof *numbers);
  numbers[3 + argc] = 1;
  printf("not reached: %d\n", numbers[3 + argc]);
  free(numbers);
}
