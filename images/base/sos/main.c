/* `sos`: what a process does with the kernel from inside its box, and the relay that connects it. */
#include "sos.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

bool complain(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("sos: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  return false;
}

bool socket_address(const char *path, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (path[0] == '\0' || strlen(path) >= sizeof address->sun_path) return false;
  strcpy(address->sun_path, path);
  return true;
}

int main(int count, char **arguments) {
  if (count >= 2 && strcmp(arguments[1], "relay") == 0) return relay(arguments + 2);
  complain("usage: sos relay [listen PORT SOCKET]... [serve SOCKET]");
  return exit_usage;
}
