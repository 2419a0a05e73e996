// A child process answers through a pipe, and the parent reads its exit code.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int down[2], up[2];
  if (pipe(down) != 0 || pipe(up) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    close(down[1]), close(up[0]);
    char byte;
    while (read(down[0], &byte, 1) == 1) {
      byte = toupper((unsigned char)byte);
      if (write(up[1], &byte, 1) != 1) _exit(1);
    }
    _exit(9);
  }
  close(down[0]), close(up[1]);
  if (write(down[1], "quiet", 5) != 5) return 1;
  close(down[1]);
  char loud[6] = "";
  for (size_t got = 0; got < 5;) got += read(up[0], loud + got, 5 - got);
  int status;
  waitpid(child, &status, 0);
  printf("%s, and the child ended with %d\n", loud, WEXITSTATUS(status));
}
