/* What the parts of `sos` share. */
#ifndef SOS_H
#define SOS_H

#include <stdbool.h>
#include <sys/un.h>

/* Where the process's FIFOs and sockets are, in its container. */
#define PROCESS_DIRECTORY "/run/superos"
#define DEFAULT_SOCKET PROCESS_DIRECTORY "/kernel.sock"

/* Exit codes: the kernel refused or failed; the command was called wrongly; who reads the output has gone. */
enum { exit_refused = 125, exit_usage = 2, exit_broken_pipe = 141 };

/* main.c: one line on stderr, `sos: ...`. Returns false, so that a check can end with it. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* main.c: says what is wrong with the command, and ends. */
_Noreturn void misused(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* main.c: false for a path that no socket can have. */
bool socket_address(const char *path, struct sockaddr_un *address);

/* relay.c: `sos relay ARGUMENTS`. Returns only where it fails. */
int relay(char **arguments);

/* gate.c: `sos gate ARGUMENTS`. Returns, with an exit code, only where the program cannot be executed. */
int gate(char **arguments);

/* The commands, each with its own name as its first argument; they return the exit code. */
int command_self(int count, char **arguments);
int command_caps(int count, char **arguments);
int command_ls(int count, char **arguments);
int command_signal(int count, char **arguments);
int command_kill(int count, char **arguments);
int command_reap(int count, char **arguments);
int command_grant(int count, char **arguments);
int command_revoke(int count, char **arguments);
int command_drop(int count, char **arguments);
int command_spawn(int count, char **arguments);
int command_run(int count, char **arguments);
int command_wait(int count, char **arguments);
int command_output(int count, char **arguments);
int command_send(int count, char **arguments);
int command_recv(int count, char **arguments);
int command_ack(int count, char **arguments);
int command_publish(int count, char **arguments);
int command_subscribe(int count, char **arguments);
int command_queue(int count, char **arguments);
int command_yield(int count, char **arguments);

#endif
