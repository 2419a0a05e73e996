// Takes 200 MiB, writes to each page, and gives it back.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(void) {
  size_t bytes = 200u << 20;
  unsigned char *all = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return 1;
  for (size_t at = 0; at < bytes; at += 4096) all[at] = at >> 12;
  unsigned long sum = 0;
  for (size_t at = 0; at < bytes; at += 4096) sum += all[at];
  printf("%lu\n", sum);
  return munmap(all, bytes);
}
