/* `sos`: what a process does with the kernel from inside its box, and the relay that connects it. */
#include "sos.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char help[] =
    "Usage: sos COMMAND ...\n"
    "\n"
    "Speaks to the kernel of SuperOS in the name of the process that runs it.\n"
    "\n"
    "  self                          this process, as JSON\n"
    "  caps [--json] [PID]           the capabilities of this or another process\n"
    "  spawn [OPTION]... -- PROGRAM [ARGUMENT]...\n"
    "                                start a child; prints its pid\n"
    "  run [OPTION]... -- PROGRAM [ARGUMENT]...\n"
    "                                start a child, with its output and exit code as\n"
    "                                one's own; signals are passed on to it\n"
    "  wait PID                      wait for its end, and exit as it did\n"
    "  output [--follow] PID         what it has written, or all until its end\n"
    "  signal PID SIGNAL             send a signal\n"
    "  kill PID                      end it and everything that it started\n"
    "  reap PID                      forget it, once it has ended\n"
    "  ls [--json]                   this process and its descendants\n"
    "  grant [--seal] PID CAPABILITY hand on a capability; prints the slot's number\n"
    "  revoke [--preview] PID SLOT   take it back, with all that derives from it\n"
    "  drop SLOT                     give up a capability of one's own for good\n"
    "  relay [listen PORT SOCKET]... [serve SOCKET]\n"
    "                                (internal) join loopback ports and the kernel\n"
    "\n"
    "Options of spawn and run:\n"
    "  --cap CAPABILITY     one of the child's capabilities; quotas that are not named\n"
    "                       are the runtime's, and at most half of what is left\n"
    "  --seal CAPABILITY    as --cap, but the child may not hand it on\n"
    "  --env NAME=VALUE     a variable of its environment\n"
    "  --cwd DIRECTORY      where it starts\n"
    "  --runtime NAME       in which runtime; without it, in this process's own\n"
    "  --name NAME          the name by which others of the project reach its ports\n"
    "  --stdin              it gets an input; with run, this command's own\n"
    "\n"
    "spawn and run need PROC_SPAWN; signal, kill, reap, --stdin of run, and passing\n"
    "signals on need PROC_SIGNAL.\n"
    "\n"
    "Exit code: the child's own; 128+n when signal n ended it; 124 when its time ran\n"
    "out; 137 when it ran out of memory, passed a quota or lost a capability; 125 when\n"
    "the kernel refused or failed; 2 when the command was typed wrong.\n"
    "\n"
    "Environment: SUPEROS_SOCKET, the kernel's socket (" DEFAULT_SOCKET ")\n"
    "\n"
    "Examples:\n"
    "  sos run --cap FS_READ:/project/data --cap MEM:64Mi -- python3 count.py\n"
    "  pid=$(sos spawn --cap MEM:64Mi --cap TIME:1m -- sleep 30)\n"
    "  sos grant $pid PROC_SIGNAL; sos caps $pid; sos kill $pid\n";

static const struct {
  const char *name;
  int (*run)(int count, char **arguments);
} commands[] = {
    {"self", command_self},     {"caps", command_caps}, {"spawn", command_spawn}, {"run", command_run},
    {"wait", command_wait},     {"output", command_output}, {"signal", command_signal}, {"kill", command_kill},
    {"reap", command_reap},     {"ls", command_ls},     {"grant", command_grant}, {"revoke", command_revoke},
    {"drop", command_drop},
};

bool complain(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("sos: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  return false;
}

_Noreturn void misused(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("sos: ", stderr);
  vfprintf(stderr, format, arguments);
  fputs("\nhint: sos --help\n", stderr);
  exit(exit_usage);
}

bool socket_address(const char *path, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (path[0] == '\0' || strlen(path) >= sizeof address->sun_path) return false;
  strcpy(address->sun_path, path);
  return true;
}

int main(int count, char **arguments) {
  if (count < 2) misused("no command");
  const char *name = arguments[1];
  if (strcmp(name, "relay") == 0) return relay(arguments + 2);
  if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) return fputs(help, stdout) < 0;
  opterr = 0;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(name, commands[i].name) == 0) return commands[i].run(count - 1, arguments + 1);
  }
  misused("no command %s", name);
}
