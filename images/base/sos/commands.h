/* What the files of commands share: operands, and answers on stdout. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <jansson.h>
#include <stdbool.h>

/* Cells row by row, the headings first. */
struct table {
  int columns;
  size_t cells;
  char **text;
};

void add_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
int print_table(const struct table *table);
int print_json(const json_t *value);

/* True where the command's one option was given; `optind` is then at its operands. */
bool option(int count, char **arguments, const char *name);

/* So many operands, from `optind` on; ends as misuse where there are others. */
char **operands(int count, char **arguments, int wanted);
char **only_operands(int count, char **arguments, int wanted);

#endif
