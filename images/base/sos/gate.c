/*
 * The gate: what runs first in every container and becomes the program.
 *
 * It opens the FIFOs of the process's directory, or keeps its terminal, tells which inode each mount of its arguments
 * shows, says `ready`, takes one launch message, gives its input up where the message says that there is none, starts the
 * relay where it names one, and executes the program.
 * It runs without authority of its own, as the process's user, and ends with code 125 where it cannot go on.
 */
#include "sos.h"

#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { exit_not_executable = 126, exit_not_found = 127, first_room = 64 << 10 };

/* What is left to take of the launch message; the array ends with NULL. */
struct texts {
  char **at;
  size_t left;
};

/* As the shell's redirections, a FIFO is opened once somebody has its other end. */
static int open_fifo(const char *path, int how) {
  int fd = open(path, how | O_CLOEXEC);
  if (fd < 0) exit(exit_refused);
  return fd;
}

static void open_stdio(int stdio, const char *path, int how) {
  int fd = open_fifo(path, how);
  if (dup3(fd, stdio, 0) < 0) exit(exit_refused);
  close(fd);
}

static void tell_mounts(int report, char **paths) {
  for (struct stat found; *paths != NULL; paths++) {
    if (lstat(*paths, &found) != 0) exit(exit_refused);
    dprintf(report, "mount %ju:%ju\n", (uintmax_t)found.st_dev, (uintmax_t)found.st_ino);
  }
}

/* The launch message: a number, and so many texts; each of them, and the number, ends with a NUL. */
static struct texts read_message(int fd) {
  size_t room = first_room, have = 0, ends = 0, count = 0;
  char *bytes = malloc(room);
  while (ends < count + 1) {
    if (have == room) bytes = realloc(bytes, room *= 2);
    ssize_t got = bytes == NULL ? 0 : read(fd, bytes + have, room - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) exit(exit_refused);
    char *at = bytes + have, *end = at + got;
    for (; (at = memchr(at, '\0', (size_t)(end - at))) != NULL; at++)
      if (ends++ == 0) count = strtoul(bytes, NULL, 10);
    have += (size_t)got;
  }
  char **texts = calloc(count + 1, sizeof *texts);
  if (texts == NULL) exit(exit_refused);
  for (size_t i = 0; i < count; i++) texts[i] = bytes += strlen(bytes) + 1;
  return (struct texts){.at = texts, .left = count};
}

/* The next so many, and never beyond the last. */
static char **take(struct texts *from, size_t count) {
  if (count > from->left) exit(exit_refused);
  char **taken = from->at;
  from->at += count;
  from->left -= count;
  return taken;
}

static size_t take_count(struct texts *from) {
  return strtoul(*take(from, 1), NULL, 10);
}

/* The relay listens, or has failed, when this returns. */
static bool start_relay(char **arguments) {
  int status = -1;
  pid_t child = fork();
  if (child == 0) _exit(relay(arguments));
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status == 0;
}

/* Takes `.`, `..` and needless slashes out of an absolute path, by its letters alone, as `cd` of a shell does. */
static void tidy(char *path) {
  char *end = path;
  for (char *part = strtok(path, "/"); part != NULL; part = strtok(NULL, "/")) {
    if (strcmp(part, ".") == 0) continue;
    if (strcmp(part, "..") == 0) {
      while (end > path && *--end != '/') continue;
      continue;
    }
    size_t length = strlen(part);
    *end++ = '/';
    memmove(end, part, length);
    end += length;
  }
  if (end == path) *end++ = '/';
  *end = '\0';
}

static bool enter(char *directory) {
  tidy(directory);
  return chdir(directory) == 0 && setenv("PWD", directory, 1) == 0 && unsetenv("OLDPWD") == 0;
}

_Noreturn static void fail(int report, const char *word) {
  dprintf(report, "%s\n", word);
  exit(exit_refused);
}

/* Looks up what nearly every program needs: this container has looked up nothing of its image yet, and nobody waits now. */
static void look_up(void) {
  static const char *const needed[] = {
    "/dev/null",
    "/usr/local/bin/.",
    "/usr/bin/.",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib/x86_64-linux-gnu/libm.so.6",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/aarch64-linux-gnu/libc.so.6",
    "/lib/aarch64-linux-gnu/libm.so.6",
  };
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) (void)access(needed[i], F_OK);
}

int gate(char **arguments) {
  bool terminal = *arguments != NULL && strcmp(*arguments, "--tty") == 0;
  if (!terminal) {
    open_stdio(STDIN_FILENO, PROCESS_DIRECTORY "/stdin", O_RDONLY);
    open_stdio(STDOUT_FILENO, PROCESS_DIRECTORY "/stdout", O_WRONLY);
    open_stdio(STDERR_FILENO, PROCESS_DIRECTORY "/stderr", O_WRONLY);
  }
  int launch = open_fifo(PROCESS_DIRECTORY "/launch", O_RDONLY);
  int report = open_fifo(PROCESS_DIRECTORY "/report", O_WRONLY);
  tell_mounts(report, arguments + terminal);
  look_up();
  dprintf(report, "ready\n");

  struct texts message = read_message(launch);
  if (strcmp(*take(&message, 1), "none") == 0) open_stdio(STDIN_FILENO, "/dev/null", O_RDONLY);
  size_t count = take_count(&message);
  char **relayed = take(&message, count), *directory = *take(&message, 1);
  relayed[count] = NULL;
  size_t variables = take_count(&message);
  char **environment = take(&message, variables), **program = message.at;
  if (message.left == 0) exit(exit_refused);

  if (count > 0 && !start_relay(relayed)) fail(report, "relay");
  if (directory[0] != '/' || !enter(directory)) fail(report, "chdir");
  for (size_t i = 0; i < variables; i++)
    if (putenv(environment[i]) != 0) exit(exit_refused);
  dprintf(report, "launched\n");
  execvp(*program, program);
  int problem = errno;
  fputs("sos: ", stderr);
  print_text(stderr, *program);
  fprintf(stderr, ": %s\n", strerror(problem));
  return problem == ENOENT ? exit_not_found : exit_not_executable;
}
