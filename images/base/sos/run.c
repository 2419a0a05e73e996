/* Children: spawning them, waiting for them, and having their output as one's own. */
#include "sos.h"

#include "call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { wait_ms = 600000 };

/* Frames of output (kernel/abi/frame.ts): a type, the length of what follows, big-endian, and that. */
enum frame { frame_stdout = 1, frame_stderr = 2, frame_gap = 3, frame_end = 4 };

struct spawned {
  json_int_t pid;
  bool stdin_wanted;
};

/* Where nothing says in what the child is to run, it is what this process runs in. */
static void add_own_image(json_t *request) {
  json_t *self = call("self", json_object());
  json_object_set(request, "runtime", json_object_get(self, "runtime"));
  json_object_set(request, "image", json_object_get(self, "image"));
}

/* NAME=VALUE into the object. */
static void add_variable(json_t *variables, const char *argument) {
  const char *equals = strchr(argument, '=');
  if (equals == NULL || equals == argument) misused("not NAME=VALUE: %s", argument);
  char *name = strndup(argument, (size_t)(equals - argument));
  if (name == NULL || json_object_set_new(variables, name, text(equals + 1)) != 0) misused("not UTF-8: a variable");
}

static struct spawned spawn(int count, char **arguments, bool lossless) {
  static const struct option known[] = {
      {"cap", required_argument, NULL, 'c'},     {"seal", required_argument, NULL, 's'},
      {"env", required_argument, NULL, 'e'},     {"cwd", required_argument, NULL, 'd'},
      {"runtime", required_argument, NULL, 'r'}, {"name", required_argument, NULL, 'n'},
      {"stdin", no_argument, NULL, 'i'},         {"image", required_argument, NULL, 'm'},
      {0},
  };
  json_t *argv = json_array(), *table = json_array(), *sealed = json_array(), *env = json_object();
  json_t *request = json_pack("{s:o, s:o, s:o, s:o, s:b}", "argv", argv, "table", table, "sealed", sealed, "env", env,
                              "lossless", lossless);
  bool stdin_wanted = false;
  for (int found; (found = getopt_long(count, arguments, "+", known, NULL)) != -1;) {
    if (found == 'c') json_array_append_new(table, text(optarg));
    else if (found == 's') json_array_append_new(sealed, text(optarg));
    else if (found == 'e') add_variable(env, optarg);
    else if (found == 'd') json_object_set_new(request, "cwd", text(optarg));
    else if (found == 'r') json_object_set_new(request, "runtime", text(optarg));
    else if (found == 'm') json_object_set_new(request, "image", text(optarg));
    else if (found == 'n') json_object_set_new(request, "name", text(optarg));
    else if (found == 'i') stdin_wanted = true;
    else misused("%s has no such option", arguments[0]);
  }
  bool image_named = json_object_get(request, "image") != NULL;
  if (optind == count && !image_named) misused("%s needs a program", arguments[0]);
  for (int i = optind; i < count; i++) json_array_append_new(argv, text(arguments[i]));
  if (!image_named && json_object_get(request, "runtime") == NULL) add_own_image(request);
  json_object_set_new(request, "stdin", json_boolean(stdin_wanted));
  json_t *pid = json_object_get(call("spawn", request), "pid");
  return (struct spawned){.pid = json_integer_value(pid), .stdin_wanted = stdin_wanted};
}

int command_spawn(int count, char **arguments) {
  printf("%lld\n", (long long)spawn(count, arguments, false).pid);
  return 0;
}

int command_wait(int count, char **arguments) {
  if (count != 2) misused("wait takes 1 operand");
  json_int_t pid = number(arguments[1], "a pid");
  json_t *outcome;
  do outcome = json_object_get(call("wait", json_pack("{s:I, s:i}", "pid", pid, "timeoutMs", wait_ms)), "outcome");
  while (!json_is_object(outcome));
  return report_outcome(pid, outcome);
}

static void signal_child(json_int_t pid, const char *signal) {
  call_anyway("signal", json_pack("{s:I, s:s}", "pid", pid, "signal", signal));
}

/* Where this program's own output goes no further, a child that only it reads is ended, as a pipe's writer would be. */
static void write_out(int fd, const char *bytes, size_t count, json_int_t killed) {
  while (count > 0) {
    ssize_t written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      int problem = errno;
      if (killed != 0) signal_child(killed, "SIGKILL");
      if (problem == EPIPE) exit(exit_broken_pipe);
      complain("the output cannot be written: %s", strerror(problem));
      exit(exit_refused);
    }
    bytes += written;
    count -= (size_t)written;
  }
}

/* Copies frames to this program's own output. Returns the outcome, or NULL where the frames ended without one. */
static json_t *copy_output(struct reply *reply, json_int_t pid, json_int_t killed) {
  static char block[64 << 10];
  unsigned char head[5];
  while (http_read_all(reply, head, sizeof head)) {
    uint32_t left;
    memcpy(&left, head + 1, sizeof left);
    left = ntohl(left);
    if (head[0] == frame_gap) complain("process %lld passed its quota of output; the oldest was dropped", (long long)pid);
    char *end = head[0] == frame_end ? malloc(left) : NULL;
    if (end != NULL && http_read_all(reply, end, left)) return json_loadb(end, left, 0, NULL);
    while (left > 0) {
      size_t got = http_read(reply, block, left < sizeof block ? left : sizeof block);
      if (got == 0) return NULL;
      if (head[0] == frame_stdout || head[0] == frame_stderr) write_out(head[0], block, got, killed);
      left -= (uint32_t)got;
    }
  }
  return NULL;
}

static void open_output(struct reply *reply, json_int_t pid, bool follow, bool lossless) {
  call_stream(reply, "output", json_pack("{s:I, s:i, s:i, s:b, s:b}", "pid", pid, "stdout", 0, "stderr", 0, "follow",
                                         follow, "lossless", lossless));
}

int command_output(int count, char **arguments) {
  static const struct option known[] = {{"follow", no_argument, NULL, 'f'}, {0}};
  bool follow = false;
  for (int found; (found = getopt_long(count, arguments, "", known, NULL)) != -1; follow = true) {
    if (found != 'f') misused("output has no such option");
  }
  if (count - optind != 1) misused("output takes 1 operand");
  json_int_t pid = number(arguments[optind], "a pid");
  struct reply reply;
  open_output(&reply, pid, follow, false);
  if (copy_output(&reply, pid, 0) != NULL || !follow) return 0;
  complain("internal: the output of process %lld ended without an outcome", (long long)pid);
  return exit_refused;
}

static json_int_t running;

static void pass_signal(int fd) {
  struct signalfd_siginfo signal;
  if (read(fd, &signal, sizeof signal) != sizeof signal) return;
  char name[16];
  snprintf(name, sizeof name, "SIG%s", sigabbrev_np((int)signal.ssi_signo));
  signal_child(running, name);
}

/* A second process gives the child what this one reads, and ends with it: input may never come to an end. */
static void feed(json_int_t pid) {
  pid_t parent = getpid(), feeder = fork();
  if (feeder < 0) complain("the input cannot be passed on: %s", strerror(errno));
  if (feeder != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  struct reply reply;
  char request[64];
  snprintf(request, sizeof request, "{\"pid\":%lld,\"end\":true}", (long long)pid);
  http_call(&reply, "stdin", request, STDIN_FILENO);
  if (reply.status == 403) require_success(&reply); /* other faults: it has ended, or closed its input */
  _exit(0);
}

int command_run(int count, char **arguments) {
  sigset_t passed;
  sigemptyset(&passed);
  const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&passed, signals[i]);
  sigprocmask(SIG_BLOCK, &passed, NULL);
  signal(SIGPIPE, SIG_IGN);
  struct spawned child = spawn(count, arguments, true);
  running = child.pid;
  if (child.stdin_wanted) feed(child.pid);
  struct reply reply;
  open_output(&reply, child.pid, true, true);
  reply.listen_fd = signalfd(-1, &passed, SFD_CLOEXEC);
  reply.heard = pass_signal;
  json_t *outcome = copy_output(&reply, child.pid, child.pid);
  if (outcome != NULL) return report_outcome(child.pid, outcome);
  complain("internal: the output of process %lld ended without an outcome", (long long)child.pid);
  return exit_refused;
}
