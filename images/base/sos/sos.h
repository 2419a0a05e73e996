/* What the parts of `sos` share. */
#ifndef SOS_H
#define SOS_H

#include <stdbool.h>
#include <sys/un.h>

/* Exit codes: the kernel refused or failed; the command was called wrongly. */
enum { exit_refused = 125, exit_usage = 2 };

/* main.c: one line on stderr, `sos: ...`. Returns false, so that a check can end with it. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* main.c: false for a path that no socket can have. */
bool socket_address(const char *path, struct sockaddr_un *address);

/* relay.c: `sos relay ARGUMENTS`. Returns only where it fails. */
int relay(char **arguments);

#endif
