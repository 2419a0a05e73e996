/* The kernel's socket as a client sees it: one request a connection, a reply that is read as it comes. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct reply {
  int fd, status;
  bool chunked;
  long long left; /* of the body, or of its present chunk */
  size_t at, have;
  char buffer[64 << 10];
  /* While the reply is waited for, whatever comes on this descriptor is told to `heard`; -1 for none. */
  int listen_fd;
  void (*heard)(int fd);
};

/*
 * Sends `POST /v1/NAME` and reads the reply's head. With `body_fd` the request goes in a header, and that descriptor's
 * bytes are the body; else it is -1. A kernel that is not there or breaks off ends the program with exit code 125.
 */
void http_call(struct reply *reply, const char *name, const char *request, int body_fd);

/* Some of the body; 0 at its end. Ends the program when the body is cut off. */
size_t http_read(struct reply *reply, void *to, size_t bytes);

/* All of it that is asked for, or ends the program; false where the body ended before. */
bool http_read_all(struct reply *reply, void *to, size_t bytes);

void http_close(struct reply *reply);

#endif
