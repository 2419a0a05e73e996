/* HTTP/1.1 over the kernel's socket, as much of it as the kernel speaks. */
#include "http.h"

#include "sos.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { line_limit = 8 << 10, body_block = 64 << 10 };

_Noreturn static void fail(const char *what) {
  complain("unavailable: the kernel cannot be reached: %s", what);
  fputs("hint: It answers on " DEFAULT_SOCKET ", in a process of SuperOS and for as long as that runs.\n", stderr);
  exit(exit_refused);
}

static int connect_socket(void) {
  const char *path = getenv("SUPEROS_SOCKET");
  struct sockaddr_un address;
  if (!socket_address(path != NULL ? path : DEFAULT_SOCKET, &address)) fail("SUPEROS_SOCKET is not a path");
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail(strerror(errno));
  return fd;
}

/* False where the kernel takes no more; what it has to say about that is in its reply. */
static bool send_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes += sent;
    count -= (size_t)sent;
  }
  return true;
}

/* The body in chunks, until the descriptor's end. One that cannot be read is broken off, never taken for a shorter one. */
static void send_body(int fd, int body_fd) {
  char block[body_block], head[16];
  for (;;) {
    ssize_t count = read(body_fd, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      complain("the input cannot be read: %s", strerror(errno));
      exit(1);
    }
    int length = snprintf(head, sizeof head, "%zx\r\n", (size_t)count);
    if (!send_all(fd, head, (size_t)length) || !send_all(fd, block, (size_t)count) || !send_all(fd, "\r\n", 2)) return;
    if (count == 0) return;
  }
}

/* Refills the empty buffer; false at the connection's end. */
static bool fill(struct reply *reply) {
  struct pollfd fds[] = {{.fd = reply->fd, .events = POLLIN}, {.fd = reply->listen_fd, .events = POLLIN}};
  while (reply->listen_fd >= 0 && fds[0].revents == 0) {
    if (poll(fds, 2, -1) > 0 && fds[1].revents != 0) reply->heard(reply->listen_fd);
  }
  ssize_t got;
  do got = recv(reply->fd, reply->buffer, sizeof reply->buffer, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0) fail(strerror(errno));
  reply->at = 0;
  reply->have = (size_t)got;
  return got > 0;
}

static void read_line(struct reply *reply, char *line) {
  for (size_t length = 0; length < line_limit; length++) {
    if (reply->at == reply->have && !fill(reply)) fail("the connection ended");
    line[length] = reply->buffer[reply->at++];
    if (line[length] != '\n') continue;
    line[length > 0 && line[length - 1] == '\r' ? length - 1 : length] = '\0';
    return;
  }
  fail("its reply is not HTTP");
}

static void read_head(struct reply *reply) {
  char line[line_limit];
  do {
    read_line(reply, line);
    if (sscanf(line, "HTTP/1.1 %d", &reply->status) != 1) fail("its reply is not HTTP");
    for (read_line(reply, line); line[0] != '\0'; read_line(reply, line)) {
      if (strncasecmp(line, "content-length:", 15) == 0) reply->left = strtoll(line + 15, NULL, 10);
      if (strcasecmp(line, "transfer-encoding: chunked") == 0) reply->chunked = true;
    }
  } while (reply->status < 200);
}

void http_call(struct reply *reply, const char *name, const char *request, int body_fd) {
  *reply = (struct reply){.fd = connect_socket(), .listen_fd = -1};
  static const char common[] = " HTTP/1.1\r\nhost: kernel\r\nconnection: close\r\n";
  char *head;
  int length = body_fd >= 0 ? asprintf(&head, "POST /v1/%s%stransfer-encoding: chunked\r\nsuperos-request: %s\r\n\r\n",
                                       name, common, request)
                            : asprintf(&head, "POST /v1/%s%scontent-type: application/json\r\ncontent-length: %zu\r\n\r\n",
                                       name, common, strlen(request));
  if (length < 0) fail(strerror(ENOMEM));
  bool sent = send_all(reply->fd, head, (size_t)length);
  free(head);
  if (sent && body_fd >= 0) send_body(reply->fd, body_fd);
  else if (sent) send_all(reply->fd, request, strlen(request));
  read_head(reply);
}

/* Goes to the next chunk that holds something; false at the end. */
static bool next_chunk(struct reply *reply) {
  char line[line_limit], *end;
  read_line(reply, line);
  reply->left = strtoll(line, &end, 16);
  if (end == line || reply->left < 0) fail("its reply is not HTTP");
  if (reply->left > 0) return true;
  reply->chunked = false;
  return false;
}

size_t http_read(struct reply *reply, void *to, size_t bytes) {
  if (reply->left == 0 && !(reply->chunked && next_chunk(reply))) return 0;
  if (reply->at == reply->have && !fill(reply)) fail("the reply was cut off");
  size_t there = reply->have - reply->at;
  if (bytes > there) bytes = there;
  if ((long long)bytes > reply->left) bytes = (size_t)reply->left;
  memcpy(to, reply->buffer + reply->at, bytes);
  reply->at += bytes;
  reply->left -= (long long)bytes;
  char line[line_limit];
  if (reply->left == 0 && reply->chunked) read_line(reply, line);
  return bytes;
}

bool http_read_all(struct reply *reply, void *to, size_t bytes) {
  size_t had = 0;
  while (had < bytes) {
    size_t got = http_read(reply, (char *)to + had, bytes - had);
    if (got == 0 && had > 0) fail("the reply was cut off");
    if (got == 0) return false;
    had += got;
  }
  return true;
}

void http_close(struct reply *reply) {
  close(reply->fd);
}
