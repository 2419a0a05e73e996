/* Syscalls as values: JSON in, JSON out, and what a fault or an outcome means to a shell. */
#ifndef CALL_H
#define CALL_H

#include <jansson.h>

#include "http.h"

/* Calls, and returns the answer; prints a fault and ends with exit code 125. Takes the request over. */
json_t *call(const char *name, json_t *request);

/* As `call`, but leaves the answer's body to be read. */
void call_stream(struct reply *reply, const char *name, json_t *request);

/* As `call`, but only a missing right is told: what this wants may be over already. */
void call_anyway(const char *name, json_t *request);

/* Checks the status of a reply; prints its fault and ends where it is one. */
void require_success(struct reply *reply);

/* Text as JSON; ends as misuse where it is not UTF-8. */
json_t *text(const char *value);

/* A pid or the number of a slot; ends as misuse where it is none. */
json_int_t number(const char *value, const char *what);

/* Says on stderr how a process ended where its exit code does not tell; returns that exit code. */
int report_outcome(json_int_t pid, const json_t *outcome);

/* Prints a line of text in which nothing acts on a terminal, without its end. */
void print_text(FILE *to, const char *value);

#endif
