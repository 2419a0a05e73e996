/*
 * The relay: all that connects a process to the world beyond its loopback.
 *
 * Each connection is two sockets: a TCP one of the container's loopback and one to the kernel. The relay holds no bytes:
 * it looks at what one socket has, offers it to the other, and takes out what was accepted. What nobody takes stays
 * where it is, so a slow reader stops its sender, and memory does not depend on traffic. Sockets are watched
 * edge-triggered: `move` goes on until there is nothing to give or no room, and the next edge says when there is.
 */
#include "sos.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  parked_connections = 4,
  listener_limit = 64,
  pair_limit = 4096,
  batch_events = 64,
  rounds_per_turn = 16,
  retry_first_ms = 10,
  retry_last_ms = 1000,
  most_descriptors = 65536,
  line_bytes = 6, /* the longest port with its newline */
};

struct listener {
  int fd;
  struct sockaddr_un to;
};

struct end {
  struct pair *pair;
  int fd;
  bool ended; /* nothing more is taken from it */
  bool full;  /* it took less than it was offered; an edge will say when there is room */
  bool gone;  /* it takes nothing any more */
};

enum phase {
  PARKED,     /* waits at the kernel for a port */
  CONNECTING, /* to that port */
  WAITING,    /* accepted, and the kernel's queue was full */
  JOINED,
  CLOSED,
};

struct pair {
  enum phase phase;
  struct end inside, outside;
  const struct listener *from;
  struct pair *next; /* in the list of those that wait, or are closed */
};

static char buffer[128 << 10];
static int poller;
static int pairs, most_pairs;
static struct listener listeners[listener_limit];
static int listener_count;
static bool accepting = true;
static struct pair *waiting, *closed;

static struct {
  bool wanted;
  struct sockaddr_un to;
  int parked;
  int delay_ms;
  int64_t retry_at;
} serving = {.delay_ms = retry_first_ms};

static int64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Watching again what is watched already gives a new event for what is there. */
static bool watch(int operation, struct end *end) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = end};
  return epoll_ctl(poller, operation, end->fd, &event) == 0;
}

/* Listeners are level-triggered, and rest while there are as many connections as there may be. */
static void watch_listeners(bool on) {
  for (int i = 0; i < listener_count && on != accepting; i++) {
    struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.ptr = &listeners[i]};
    epoll_ctl(poller, EPOLL_CTL_MOD, listeners[i].fd, &event);
  }
  accepting = on;
}

static struct pair *make_pair(enum phase phase, int inside, int outside) {
  struct pair *pair = calloc(1, sizeof *pair);
  if (pair == NULL) return NULL;
  *pair = (struct pair){
      .phase = phase, .inside = {.pair = pair, .fd = inside}, .outside = {.pair = pair, .fd = outside}};
  if (++pairs >= most_pairs) watch_listeners(false);
  return pair;
}

/* The memory goes after the batch of events, which may name the pair again. */
static void close_pair(struct pair *pair) {
  if (pair->phase == PARKED) serving.parked--;
  if (pair->inside.fd >= 0) close(pair->inside.fd);
  if (pair->outside.fd >= 0) close(pair->outside.fd);
  pair->phase = CLOSED;
  pair->next = closed;
  closed = pair;
}

static void free_closed(void) {
  while (closed != NULL) {
    struct pair *pair = closed;
    closed = pair->next;
    free(pair);
    pairs--;
  }
  if (pairs < most_pairs) watch_listeners(true);
}

static void take_out(int fd, size_t bytes) {
  while (bytes > 0) {
    ssize_t taken = recv(fd, buffer, bytes < sizeof buffer ? bytes : sizeof buffer, MSG_TRUNC);
    if (taken <= 0) return;
    bytes -= (size_t)taken;
  }
}

/* Moves what can be moved now; after some rounds others have their turn first. */
static void move(struct end *from, struct end *to) {
  for (int round = 0; round < rounds_per_turn; round++) {
    if (from->ended || to->full) return;
    ssize_t there = recv(from->fd, buffer, sizeof buffer, MSG_PEEK);
    if (there < 0 && errno == EAGAIN) return;
    if (there <= 0) {
      from->ended = true;
      from->gone = from->gone || there < 0;
      shutdown(to->fd, SHUT_WR);
      return;
    }
    ssize_t sent = 0, more = 0;
    while (sent < there && (more = send(to->fd, buffer + sent, (size_t)(there - sent), MSG_NOSIGNAL)) >= 0) sent += more;
    int problem = more < 0 ? errno : 0;
    take_out(from->fd, (size_t)sent);
    if (problem == EAGAIN) to->full = true;
    else if (problem != 0) {
      from->ended = true; /* nobody reads it; what comes the other way is still delivered */
      shutdown(from->fd, SHUT_RD);
    }
  }
  watch(EPOLL_CTL_MOD, from);
}

static void close_if_over(struct pair *pair) {
  struct end *a = &pair->inside, *b = &pair->outside;
  if ((a->ended && (b->ended || a->gone)) || (b->ended && b->gone)) close_pair(pair);
}

static void pump(struct end *end, uint32_t events) {
  struct end *other = end == &end->pair->inside ? &end->pair->outside : &end->pair->inside;
  bool room = end->full && (events & (EPOLLOUT | EPOLLHUP | EPOLLERR));
  if (room) end->full = false;
  if (events & (EPOLLHUP | EPOLLERR)) end->gone = true;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) move(end, other);
  if (room) move(other, end);
  close_if_over(end->pair);
}

static void no_delay(int fd) {
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

/* A connection to the kernel; -1 with errno EAGAIN when its queue is full. */
static int connect_kernel(const struct sockaddr_un *to) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0) return fd;
  int problem = errno;
  close(fd);
  errno = problem;
  return -1;
}

/* Joins an accepted connection to the kernel, now or, when its queue is full, later. */
static void join(struct pair *pair) {
  pair->outside.fd = connect_kernel(&pair->from->to);
  if (pair->outside.fd < 0 && errno == EAGAIN) {
    pair->phase = WAITING;
    pair->next = waiting;
    waiting = pair;
    return;
  }
  pair->phase = JOINED;
  bool watched = pair->outside.fd >= 0 && watch(EPOLL_CTL_ADD, &pair->inside) && watch(EPOLL_CTL_ADD, &pair->outside);
  if (!watched) close_pair(pair);
}

static void join_waiting(void) {
  struct pair *list = waiting;
  waiting = NULL;
  while (list != NULL) {
    struct pair *pair = list;
    list = pair->next;
    join(pair);
  }
}

static void accept_from(const struct listener *listener) {
  while (pairs < most_pairs) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      /* Short of something: the queue keeps them until there is more. */
      if (errno != EAGAIN && errno != ECONNABORTED) poll(NULL, 0, retry_first_ms);
      return;
    }
    no_delay(fd);
    struct pair *pair = make_pair(WAITING, fd, -1);
    if (pair == NULL) {
      close(fd);
      return;
    }
    pair->from = listener;
    join(pair);
  }
}

/* Later each time, until a connection is used: the kernel may be away, or refuse. */
static void postpone_parking(void) {
  serving.retry_at = now_ms() + serving.delay_ms;
  serving.delay_ms = serving.delay_ms * 2 < retry_last_ms ? serving.delay_ms * 2 : retry_last_ms;
}

static void park(void) {
  while (serving.wanted && serving.parked < parked_connections && pairs < most_pairs && now_ms() >= serving.retry_at) {
    int fd = connect_kernel(&serving.to);
    struct pair *pair = fd < 0 ? NULL : make_pair(PARKED, -1, fd);
    if (pair == NULL) {
      if (fd >= 0) close(fd);
      postpone_parking();
      return;
    }
    serving.parked++;
    if (!watch(EPOLL_CTL_ADD, &pair->outside)) close_pair(pair);
  }
}

/* The port of a line; 0 when it is none, -1 when it is not whole. Takes the line out, and nothing behind it. */
static int read_port(int fd) {
  char line[line_bytes];
  ssize_t there = recv(fd, line, sizeof line, MSG_PEEK);
  if (there < 0) return errno == EAGAIN ? -1 : 0;
  int port = 0;
  for (ssize_t i = 0; i < there; i++) {
    if (line[i] == '\n') {
      take_out(fd, (size_t)i + 1);
      return port <= 65535 ? port : 0;
    }
    if (line[i] < '0' || line[i] > '9') return 0;
    port = port * 10 + (line[i] - '0');
  }
  return there == 0 || there == (ssize_t)sizeof line ? 0 : -1;
}

static void connect_inside(struct pair *pair, uint32_t events) {
  int port = read_port(pair->outside.fd);
  if (port < 0 && !(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
  if (port <= 0) {
    postpone_parking();
    close_pair(pair);
    return;
  }
  serving.parked--;
  serving.delay_ms = retry_first_ms;
  pair->phase = CONNECTING;
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  pair->inside.fd = fd;
  bool begun = fd >= 0 && (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS);
  if (begun) no_delay(fd);
  if (!begun || !watch(EPOLL_CTL_ADD, &pair->inside)) close_pair(pair);
}

static void finish_connect(struct pair *pair) {
  int problem = 0;
  struct sockaddr_in peer;
  getsockopt(pair->inside.fd, SOL_SOCKET, SO_ERROR, &problem, &(socklen_t){sizeof problem});
  if (problem != 0) close_pair(pair);
  else if (getpeername(pair->inside.fd, (struct sockaddr *)&peer, &(socklen_t){sizeof peer}) == 0) {
    pair->phase = JOINED;
    move(&pair->outside, &pair->inside);
    move(&pair->inside, &pair->outside);
    close_if_over(pair);
  }
}

static void handle(struct end *end, uint32_t events) {
  struct pair *pair = end->pair;
  /* What happens to the kernel's end before the other one is there is seen once it is. */
  if (pair->phase != CLOSED && end == &pair->outside && (events & (EPOLLHUP | EPOLLERR))) end->gone = true;
  if (pair->phase == PARKED) connect_inside(pair, events);
  else if (pair->phase == CONNECTING) finish_connect(pair);
  else if (pair->phase == JOINED) pump(end, events);
}

static int patience_ms(void) {
  if (waiting != NULL) return retry_first_ms;
  if (!serving.wanted || serving.parked == parked_connections || pairs >= most_pairs) return -1;
  int64_t left = serving.retry_at - now_ms();
  return left > 0 ? (int)left : 0;
}

_Noreturn static void serve(void) {
  struct epoll_event events[batch_events];
  for (;;) {
    park();
    int count = epoll_wait(poller, events, batch_events, patience_ms());
    for (int i = 0; i < count; i++) {
      void *about = events[i].data.ptr;
      bool listens = about >= (void *)listeners && about < (void *)(listeners + listener_count);
      if (listens) accept_from(about);
      else handle(about, events[i].events);
    }
    join_waiting();
    free_closed();
  }
}

static int parse_port(const char *text) {
  int port = 0;
  if (strlen(text) > 5) return 0;
  for (; *text >= '0' && *text <= '9'; text++) port = port * 10 + (*text - '0');
  return *text == '\0' && port <= 65535 ? port : 0;
}

static bool parse_socket(const char *path, struct sockaddr_un *address) {
  return (path[0] == '/' && socket_address(path, address)) ||
         complain("relay: not the absolute path of a socket: %s", path);
}

static bool listen_on(const char *port_text, const char *path) {
  int port = parse_port(port_text);
  if (port == 0) return complain("relay: not a port: %s", port_text);
  if (listener_count == listener_limit) return complain("relay: more than %d ports", listener_limit);
  struct listener *listener = &listeners[listener_count];
  if (!parse_socket(path, &listener->to)) return false;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener->fd >= 0) setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = listener};
  if (listener->fd < 0 || bind(listener->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener->fd, SOMAXCONN) != 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener->fd, &event) != 0)
    return complain("relay: port %d: %s", port, strerror(errno));
  listener_count++;
  return true;
}

static bool parse(char **arguments) {
  while (*arguments != NULL) {
    if (strcmp(arguments[0], "listen") == 0 && arguments[1] != NULL && arguments[2] != NULL) {
      if (!listen_on(arguments[1], arguments[2])) return false;
      arguments += 3;
    } else if (strcmp(arguments[0], "serve") == 0 && arguments[1] != NULL && !serving.wanted) {
      if (!parse_socket(arguments[1], &serving.to)) return false;
      serving.wanted = true;
      arguments += 2;
    } else return complain("relay: usage: sos relay [listen PORT SOCKET]... [serve SOCKET]");
  }
  return listener_count > 0 || serving.wanted || complain("relay: nothing to do");
}

/* Leaves whoever started it: a session and a parent of its own, and none of its descriptors. */
static void leave(int nowhere) {
  pid_t child = fork();
  if (child > 0) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    _exit(status == 0 ? 0 : 1);
  }
  pid_t daemon = child < 0 || setsid() < 0 ? -1 : fork();
  if (daemon < 0) complain("relay: %s", strerror(errno));
  if (daemon != 0) _exit(daemon < 0 ? 1 : 0);
  for (int fd = 0; fd < 3; fd++) dup2(nowhere, fd);
  close(nowhere);
  if (chdir("/") != 0) _exit(1);
}

static void close_inherited(rlim_t limit) {
  if (close_range(3, ~0U, 0) == 0) return;
  for (rlim_t fd = 3; fd < limit && fd < most_descriptors; fd++) close((int)fd);
}

int relay(char **arguments) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  close_inherited(files.rlim_max);
  int nowhere;
  do nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  while (nowhere >= 0 && nowhere < 3);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  rlim_t room = files.rlim_max > 4 * listener_limit ? (files.rlim_max - 2 * listener_limit) / 2 : listener_limit;
  most_pairs = room < pair_limit ? (int)room : pair_limit;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0 || nowhere < 0) complain("relay: %s", strerror(errno));
  if (poller < 0 || nowhere < 0 || !parse(arguments)) return 1;
  leave(nowhere);
  serve();
}
