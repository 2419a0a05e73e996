/* Syscalls as values: JSON in, JSON out, and what a fault or an outcome means to a shell. */
#include "call.h"

#include "sos.h"

#include <stdlib.h>
#include <string.h>

void print_text(FILE *to, const char *value) {
  for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++) {
    bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
    if (c1) fprintf(to, "\\x%02x", *++at);
    else if (*at < ' ' || *at == 0x7f) fprintf(to, "\\x%02x", *at);
    else fputc(*at, to);
  }
}

_Noreturn static void refuse(const char *code, const char *message, const char *hint) {
  fprintf(stderr, "sos: %s: ", code);
  print_text(stderr, message);
  fputs("\nhint: ", stderr);
  print_text(stderr, hint);
  fputc('\n', stderr);
  exit(exit_refused);
}

static size_t read_json(void *to, size_t bytes, void *reply) {
  return http_read(reply, to, bytes);
}

static json_t *parse(struct reply *reply) {
  json_error_t error;
  json_t *value = json_load_callback(read_json, reply, JSON_DECODE_ANY, &error);
  if (value == NULL) refuse("internal", "the kernel's answer is not JSON", error.text);
  http_close(reply);
  return value;
}

void require_success(struct reply *reply) {
  if (reply->status == 200) return;
  const char *code = "internal", *message = "no reason was given", *hint = "See the log of SuperOS.";
  json_unpack(parse(reply), "{s:{s:s, s:s, s:s}}", "fault", "code", &code, "message", &message, "hint", &hint);
  refuse(code, message, hint);
}

static void open_call(struct reply *reply, const char *name, json_t *request) {
  char *body = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
  if (body == NULL) refuse("internal", "the request cannot be written", "Is there memory left?");
  http_call(reply, name, body, -1);
  free(body);
  json_decref(request);
}

void call_stream(struct reply *reply, const char *name, json_t *request) {
  open_call(reply, name, request);
  require_success(reply);
}

json_t *call(const char *name, json_t *request) {
  struct reply reply;
  call_stream(&reply, name, request);
  return parse(&reply);
}

void call_anyway(const char *name, json_t *request) {
  struct reply reply;
  open_call(&reply, name, request);
  if (reply.status == 403) require_success(&reply);
  http_close(&reply);
}

json_t *text(const char *value) {
  json_t *string = json_string(value);
  if (string == NULL) misused("not UTF-8: an argument");
  return string;
}

json_int_t number(const char *value, const char *what) {
  char *end;
  long long parsed = strtoll(value, &end, 10);
  if (*value < '0' || *value > '9' || *end != '\0' || parsed <= 0) misused("not %s: %s", what, value);
  return parsed;
}

/* The number of a signal by its name, as in signal(7): the same on every machine that SuperOS runs on. */
static int signal_number(const char *name) {
  if (strcmp(name, "SIGIO") == 0) return 29;
  for (int number = 1; number < 32; number++) {
    const char *known = sigabbrev_np(number);
    if (known != NULL && strncmp(name, "SIG", 3) == 0 && strcmp(name + 3, known) == 0) return number;
  }
  return 0;
}

int report_outcome(json_int_t pid, const json_t *outcome) {
  const char *kind = "", *signal = "", *detail = "", *message = "";
  json_int_t code = exit_refused, by = 0, limit = 0;
  json_t *read = (json_t *)outcome;
  json_unpack(read, "{s:s}", "kind", &kind);
  json_unpack(read, "{s?s, s?s, s?s, s?s, s?I, s?I}", "signal", &signal, "quota", &detail, "capability", &detail,
              "message", &message, "by", &by, "limitMs", &limit);
  if (strcmp(kind, "code") == 0 && json_unpack(read, "{s:I}", "code", &code) == 0) return (int)code;
  if (strcmp(kind, "signal") == 0) return 128 + signal_number(signal);
  if (strcmp(kind, "fault") == 0) {
    json_unpack(read, "{s:s}", "code", &detail);
    refuse(detail, message, "The process ended with this fault, which is not its own doing.");
  }
  fprintf(stderr, "sos: process %lld: ", (long long)pid);
  bool timeout = strcmp(kind, "timeout") == 0, killed = strcmp(kind, "killed") == 0;
  if (timeout) fprintf(stderr, "timed out after %g s", (double)limit / 1000);
  else if (killed) fprintf(stderr, "killed by process %lld with %s", (long long)by, signal);
  else if (strcmp(kind, "oom") == 0) fputs("out of memory", stderr);
  else if (strcmp(kind, "quota") == 0) fputs("passed its quota ", stderr);
  else fputs("lost ", stderr);
  print_text(stderr, detail);
  fputc('\n', stderr);
  return timeout ? 124 : killed ? 128 + signal_number(signal) : 137;
}
