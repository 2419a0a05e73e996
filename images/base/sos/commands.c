/*
 * The commands that ask once and print the answer.
 *
 * Each lives only as long as its answer takes, so nothing that it allocates is freed.
 */
#include "sos.h"

#include "call.h"
#include "commands.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { most_columns = 6 };

void add_cell(struct table *table, const char *format, ...) {
  table->text = realloc(table->text, (table->cells + 1) * sizeof *table->text);
  va_list arguments;
  va_start(arguments, format);
  if (table->text == NULL || vasprintf(&table->text[table->cells++], format, arguments) < 0) abort();
  va_end(arguments);
}

/* All but the last column are as wide as their longest cell. */
int print_table(const struct table *table) {
  int widths[most_columns] = {0};
  for (size_t cell = 0; cell < table->cells; cell++) {
    int *width = &widths[cell % table->columns], length = (int)strlen(table->text[cell]);
    if (length > *width) *width = length;
  }
  for (size_t cell = 0; cell < table->cells; cell++) {
    int column = (int)(cell % table->columns);
    bool last = column == table->columns - 1;
    print_text(stdout, table->text[cell]);
    if (last) putchar('\n');
    else printf("%*s", widths[column] - (int)strlen(table->text[cell]) + 2, "");
  }
  return 0;
}

int print_json(const json_t *value) {
  json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
  putchar('\n');
  return 0;
}

bool option(int count, char **arguments, const char *name) {
  struct option known[] = {{name, no_argument, NULL, 'o'}, {0}};
  bool given = false;
  for (int found; (found = getopt_long(count, arguments, "+", known, NULL)) != -1; given = true) {
    if (found != 'o') misused("%s has no such option", arguments[0]);
  }
  return given;
}

char **operands(int count, char **arguments, int wanted) {
  if (count - optind != wanted) misused("%s takes %d operand%s", arguments[0], wanted, wanted == 1 ? "" : "s");
  return arguments + optind;
}

char **only_operands(int count, char **arguments, int wanted) {
  static const struct option none[] = {{0}};
  if (getopt_long(count, arguments, "+", none, NULL) != -1) misused("%s has no such option", arguments[0]);
  return operands(count, arguments, wanted);
}

int command_self(int count, char **arguments) {
  only_operands(count, arguments, 0);
  return print_json(call("self", json_object()));
}

static json_int_t own_pid(void) {
  return json_integer_value(json_object_get(call("self", json_object()), "pid"));
}

int command_caps(int count, char **arguments) {
  bool json = option(count, arguments, "json");
  json_int_t pid = count == optind ? own_pid() : number(*operands(count, arguments, 1), "a pid");
  json_t *slots = json_object_get(call("caps", json_pack("{s:I}", "pid", pid)), "slots"), *slot;
  if (json) return print_json(slots);
  struct table table = {.columns = 5};
  const char *headings[] = {"SLOT", "CAPABILITY", "LEFT", "FROM", "DELEGABLE"};
  for (int i = 0; i < table.columns; i++) add_cell(&table, "%s", headings[i]);
  size_t i;
  json_array_foreach(slots, i, slot) {
    json_int_t id = 0, from = 0, holder = 0;
    const char *capability = "", *left = NULL;
    int delegable = 0;
    json_unpack(slot, "{s:I, s:s, s:b}", "slot", &id, "capability", &capability, "delegable", &delegable);
    json_unpack(slot, "{s:s}", "left", &left);
    json_unpack(slot, "{s:{s:I, s:I}}", "from", "slot", &from, "holder", &holder);
    add_cell(&table, "%lld", (long long)id);
    add_cell(&table, "%s", capability);
    add_cell(&table, "%s", left == NULL ? "-" : left);
    if (from == 0) add_cell(&table, "-");
    else add_cell(&table, "%lld of process %lld", (long long)from, (long long)holder);
    add_cell(&table, "%s", delegable ? "yes" : "no");
  }
  return print_table(&table);
}

static void add_command(struct table *table, const json_t *process) {
  json_t *argv = json_object_get(process, "argv"), *argument;
  char *line = strdup("");
  size_t i;
  json_array_foreach(argv, i, argument) {
    char *longer;
    if (line == NULL || asprintf(&longer, "%s%s%s", line, i == 0 ? "" : " ", json_string_value(argument)) < 0) abort();
    line = longer;
  }
  add_cell(table, "%s", line);
}

int command_ls(int count, char **arguments) {
  bool json = option(count, arguments, "json");
  operands(count, arguments, 0);
  json_t *processes = json_object_get(call("list", json_pack("{s:b}", "all", 1)), "processes"), *process;
  if (json) return print_json(processes);
  struct table table = {.columns = 5};
  const char *headings[] = {"PID", "PARENT", "STATE", "RUNTIME", "COMMAND"};
  for (int i = 0; i < table.columns; i++) add_cell(&table, "%s", headings[i]);
  size_t i;
  json_array_foreach(processes, i, process) {
    json_int_t pid = 0, parent = 0;
    const char *phase = "", *runtime = "-";
    json_unpack(process, "{s:I, s:{s:s}}", "pid", &pid, "state", "phase", &phase);
    json_unpack(process, "{s:I}", "parent", &parent);
    json_unpack(process, "{s:s}", "runtime", &runtime);
    add_cell(&table, "%lld", (long long)pid);
    add_cell(&table, "%lld", (long long)parent);
    add_cell(&table, "%s", phase);
    add_cell(&table, "%s", runtime);
    add_command(&table, process);
  }
  return print_table(&table);
}

static int send_signal(const char *pid, const char *signal) {
  call("signal", json_pack("{s:I, s:o}", "pid", number(pid, "a pid"), "signal", text(signal)));
  return 0;
}

int command_signal(int count, char **arguments) {
  char **operand = only_operands(count, arguments, 2);
  return send_signal(operand[0], operand[1]);
}

int command_kill(int count, char **arguments) {
  return send_signal(*only_operands(count, arguments, 1), "SIGKILL");
}

int command_reap(int count, char **arguments) {
  call("reap", json_pack("{s:I}", "pid", number(*only_operands(count, arguments, 1), "a pid")));
  return 0;
}

int command_grant(int count, char **arguments) {
  bool sealed = option(count, arguments, "seal");
  char **operand = operands(count, arguments, 2);
  json_t *request = json_pack("{s:I, s:o, s:b}", "pid", number(operand[0], "a pid"), "capability", text(operand[1]),
                              "delegable", !sealed);
  json_t *slot = json_object_get(json_object_get(call("grant", request), "slot"), "slot");
  printf("%lld\n", (long long)json_integer_value(slot));
  return 0;
}

int command_revoke(int count, char **arguments) {
  bool preview = option(count, arguments, "preview");
  char **operand = operands(count, arguments, 2);
  return print_json(call("revoke", json_pack("{s:I, s:I, s:b}", "pid", number(operand[0], "a pid"), "slot",
                                             number(operand[1], "the number of a slot"), "preview", preview)));
}

int command_drop(int count, char **arguments) {
  char **operand = only_operands(count, arguments, 1);
  call("drop", json_pack("{s:I}", "slot", number(*operand, "the number of a slot")));
  return 0;
}
