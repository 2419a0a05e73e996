/* `sos`: what a process does with the kernel from inside its box, the relay that connects it, and its gate. */
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
    "  send [--text] QUEUE [MESSAGE] send a message, or each line of the input\n"
    "  recv [OPTION]... QUEUE        take messages; one a line, as JSON\n"
    "  ack QUEUE DELIVERY...         have done with what was taken\n"
    "  publish [--text] TOPIC [DATA] tell whoever listens, of DATA or of each line of\n"
    "                                the input; prints how many do\n"
    "  subscribe [--max N] TOPIC...  print what is told, one event a line, as JSON\n"
    "  queue create [OPTION]... QUEUE\n"
    "  queue rm QUEUE                make a queue; end one\n"
    "  queue ls [--json]             the queues that this process sends to or takes from\n"
    "  queue dead QUEUE              the last messages that were given up, and why\n"
    "  yield                         give the rest of this process's turn away\n"
    "  relay [listen PORT SOCKET]... [serve SOCKET]\n"
    "                                (internal) join loopback ports and the kernel\n"
    "  gate [--tty] [MOUNT]...       (internal) wait for a program, and become it\n"
    "\n"
    "Options of spawn and run:\n"
    "  --cap CAPABILITY     one of the child's capabilities; quotas that are not named\n"
    "                       are the runtime's, and at most half of what is left\n"
    "  --seal CAPABILITY    as --cap, but the child may not hand it on\n"
    "  --env NAME=VALUE     a variable of its environment\n"
    "  --cwd DIRECTORY      where it starts\n"
    "  --runtime NAME       in which runtime; without it, in this process's own\n"
    "  --image REFERENCE    in another image in the place of a runtime; the program and\n"
    "                       its arguments are then what docker run would be given\n"
    "  --name NAME          the name by which others of the project reach its ports\n"
    "  --stdin              it gets an input; with run, this command's own\n"
    "\n"
    "Messages are JSON; with --text each is a text. Options of recv:\n"
    "  --wait DURATION      wait so long for the first, such as 500ms, 30s, 5m\n"
    "  --max N              take so many at most; 1 without it\n"
    "  --ack                have done with them once they are printed\n"
    "  --body               with --ack: print the messages alone\n"
    "\n"
    "Options of queue create:\n"
    "  --max-messages N     how many it holds (10000)\n"
    "  --max-bytes BYTES    how much it holds, such as 16Mi\n"
    "  --ack-within DURATION\n"
    "                       how long a receiver may keep a message (30s)\n"
    "  --max-deliveries N   how often a message is delivered before it is given up (5)\n"
    "  --schema FILE        a JSON Schema that every message must satisfy\n"
    "\n"
    "spawn and run need PROC_SPAWN, and IMAGE of the reference with --image; signal,\n"
    "kill, reap, --stdin of run, and passing signals on need PROC_SIGNAL; send and\n"
    "publish IPC_SEND of the channel; recv, ack, subscribe and queue rm IPC_RECV; queue\n"
    "create both.\n"
    "\n"
    "Exit code: the child's own; 128+n when signal n ended it; 124 when its time ran\n"
    "out; 137 when it ran out of memory, passed a quota or lost a capability; 125 when\n"
    "the kernel refused or failed; 2 when the command was typed wrong. Of recv and ack\n"
    "1 when there was no message, or one was somebody else's by then.\n"
    "\n"
    "Environment: SUPEROS_SOCKET, the kernel's socket (" DEFAULT_SOCKET ")\n"
    "\n"
    "Examples:\n"
    "  sos run --cap FS_READ:/project/data --cap MEM:64Mi -- python3 count.py\n"
    "  pid=$(sos spawn --cap MEM:64Mi --cap TIME:1m -- sleep 30)\n"
    "  sos grant $pid PROC_SIGNAL; sos caps $pid; sos kill $pid\n"
    "  sos queue create jobs; sos send jobs '{\"page\": 1}'; sos recv --ack jobs\n";

static const struct {
  const char *name;
  int (*run)(int count, char **arguments);
} commands[] = {
    {"self", command_self},     {"caps", command_caps}, {"spawn", command_spawn}, {"run", command_run},
    {"wait", command_wait},     {"output", command_output}, {"signal", command_signal}, {"kill", command_kill},
    {"reap", command_reap},     {"ls", command_ls},     {"grant", command_grant}, {"revoke", command_revoke},
    {"drop", command_drop},     {"send", command_send}, {"recv", command_recv},   {"ack", command_ack},
    {"publish", command_publish}, {"subscribe", command_subscribe}, {"queue", command_queue}, {"yield", command_yield},
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
  if (strcmp(name, "gate") == 0) return gate(arguments + 2);
  if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) return fputs(help, stdout) < 0;
  opterr = 0;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(name, commands[i].name) == 0) return commands[i].run(count - 1, arguments + 1);
  }
  misused("no command %s", name);
}
