/*
 * Starts a program again and again, and says how long each takes to its first byte.
 *
 * usage: starter PROGRAM [ARGUMENT...]
 *
 * A byte on stdin starts one, with no input and only its stdout read. When it has ended, a line on stdout says how many
 * microseconds its first byte took, or -1 where it wrote none, and how many bytes it wrote.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void run(char *const argv[]) {
  char bytes[65536];
  int ends[2];
  long written = 0;
  ssize_t got;
  pid_t pid;
  posix_spawn_file_actions_t actions;
  double from = now(), took = -1;
  if (pipe2(ends, O_CLOEXEC) != 0) _exit(1);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  int failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  while (!failed && (got = read(ends[0], bytes, sizeof bytes)) > 0) {
    if (took < 0) took = now() - from;
    written += got;
  }
  close(ends[0]);
  if (!failed) waitpid(pid, NULL, 0);
  printf("%.0f %ld\n", took, written);
  fflush(stdout);
}

int main(int argc, char *argv[]) {
  char start;
  if (argc < 2) return 2;
  while (read(0, &start, 1) == 1) run(argv + 1);
  return 0;
}
