/*
 * The commands about queues and topics. Messages and events are JSON, one a line.
 *
 * Each lives only as long as its answer takes, so nothing that it allocates is freed but what a loop would pile up.
 */
#include "sos.h"

#include "call.h"
#include "commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  input_block = 64 << 10,
  /* Of one call: fewer than the kernel takes, also where a message is many short texts. */
  batch_messages = 500,
  batch_quotes = 8000,
  longest_wait_ms = 600000,
  exit_none = 1,
};

static json_int_t scaled(const char *value, const char *what, const char *units[], const json_int_t factors[]) {
  char *end;
  errno = 0;
  long long amount = strtoll(value, &end, 10);
  if (*value >= '0' && *value <= '9' && errno == 0) {
    for (int i = 0; units[i] != NULL; i++)
      if (strcmp(end, units[i]) == 0 && amount <= INT64_MAX / factors[i]) return amount * factors[i];
  }
  misused("not %s: %s", what, value);
}

static json_int_t duration_ms(const char *value) {
  static const char *units[] = {"ms", "s", "m", "h", NULL};
  static const json_int_t factors[] = {1, 1000, 60000, 3600000};
  return scaled(value, "a duration, such as 500ms, 30s or 5m", units, factors);
}

static json_int_t byte_count(const char *value) {
  static const char *units[] = {"", "Ki", "Mi", "Gi", NULL};
  static const json_int_t factors[] = {1, 1 << 10, 1 << 20, 1 << 30};
  return scaled(value, "an amount of bytes, such as 65536 or 16Mi", units, factors);
}

static json_t *message(const char *value, size_t length, bool plain) {
  json_error_t error;
  json_t *parsed = plain ? json_stringn(value, length) : json_loadb(value, length, JSON_DECODE_ANY, &error);
  if (parsed != NULL) return parsed;
  if (plain) misused("not UTF-8: a message");
  misused("not JSON: %.*s (%s); --text sends it as a text", length > 100 ? 100 : (int)length, value, error.text);
}

/* What becomes of the messages of a command's operand, or of its input. */
struct sending {
  const char *channel;
  bool plain;
  void (*send)(const char *channel, json_t *messages);
};

/* The complete lines of the input as they come, as many together as there are at a time. */
static void send_lines(const struct sending *to) {
  static char *lines;
  static size_t have, room;
  bool over = false;
  while (!over) {
    if (room - have < input_block && (lines = realloc(lines, room = have + 2 * input_block)) == NULL) abort();
    ssize_t got = read(STDIN_FILENO, lines + have, room - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      complain("the input cannot be read: %s", strerror(errno));
      exit(1);
    }
    have += (size_t)got;
    over = got == 0;
    char *line = lines, *end = lines + have;
    json_t *batch = json_array();
    for (size_t quotes = 0; line < end;) {
      char *newline = memchr(line, '\n', (size_t)(end - line));
      if (newline == NULL && !over) break;
      size_t length = (size_t)((newline == NULL ? end : newline) - line);
      for (const char *at = line; at < line + length; at++) quotes += *at == '"';
      if (json_array_size(batch) > 0 && (quotes > batch_quotes || json_array_size(batch) == batch_messages)) {
        to->send(to->channel, batch);
        batch = json_array();
        quotes = 0;
        continue;
      }
      if (length > 0) json_array_append_new(batch, message(line, length, to->plain));
      line += length + (newline != NULL);
    }
    if (json_array_size(batch) > 0) to->send(to->channel, batch);
    have = (size_t)(end - line);
    memmove(lines, line, have);
  }
}

static int send_all(int count, char **arguments, void (*send)(const char *channel, json_t *messages)) {
  bool plain = option(count, arguments, "text");
  if (count - optind < 1 || count - optind > 2) misused("%s takes 1 or 2 operands", arguments[0]);
  const char *value = count - optind == 2 ? arguments[optind + 1] : "-";
  struct sending to = {.channel = arguments[optind], .plain = plain, .send = send};
  if (strcmp(value, "-") == 0) send_lines(&to);
  else send(to.channel, json_pack("[o]", message(value, strlen(value), plain)));
  return 0;
}

static void send_messages(const char *channel, json_t *messages) {
  json_decref(call("queue_send", json_pack("{s:o, s:o}", "name", text(channel), "messages", messages)));
}

int command_send(int count, char **arguments) {
  return send_all(count, arguments, send_messages);
}

static void publish_each(const char *channel, json_t *events) {
  json_t *data;
  size_t i;
  json_array_foreach(events, i, data) {
    json_t *heard = call("event_publish", json_pack("{s:o, s:O}", "topic", text(channel), "data", data));
    printf("%lld\n", (long long)json_integer_value(json_object_get(heard, "heard")));
    json_decref(heard);
  }
  json_decref(events);
}

int command_publish(int count, char **arguments) {
  return send_all(count, arguments, publish_each);
}

/* Ends where the line cannot be written: what is not printed is not done with. */
static void print_line(const json_t *value) {
  json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
  putchar('\n');
  if (fflush(stdout) == 0) return;
  complain("the output cannot be written: %s", strerror(errno));
  exit(exit_refused);
}

static json_t *receive(const char *channel, json_int_t max, json_int_t wait_ms) {
  json_t *request = json_pack("{s:o, s:I, s:I}", "name", text(channel), "max", max, "waitMs", wait_ms);
  return json_object_get(call("queue_receive", request), "deliveries");
}

/* Returns those that were not this process's any more. Takes the list over. */
static json_t *acknowledge(const char *channel, json_t *deliveries) {
  json_t *request = json_pack("{s:o, s:i, s:o}", "name", text(channel), "max", 0, "acknowledge", deliveries);
  return json_object_get(call("queue_receive", request), "late");
}

static int report_late(const json_t *late) {
  const json_t *delivery;
  size_t i;
  json_array_foreach(late, i, delivery)
    complain("delivery %lld was not this process's any more", (long long)json_integer_value(delivery));
  return json_array_size(late) == 0 ? 0 : exit_none;
}

int command_recv(int count, char **arguments) {
  static const struct option known[] = {
      {"wait", required_argument, NULL, 'w'}, {"max", required_argument, NULL, 'm'}, {"ack", no_argument, NULL, 'a'},
      {"body", no_argument, NULL, 'b'},       {0},
  };
  json_int_t wait_ms = 0, max = 1;
  bool ack = false, body = false;
  for (int found; (found = getopt_long(count, arguments, "", known, NULL)) != -1;) {
    if (found == 'w') wait_ms = duration_ms(optarg);
    else if (found == 'm') max = number(optarg, "a count");
    else if (found == 'a') ack = true;
    else if (found == 'b') body = true;
    else misused("recv has no such option");
  }
  if (body && !ack) misused("--body needs --ack: without its number a message cannot be acknowledged");
  const char *channel = *operands(count, arguments, 1);
  json_t *deliveries, *each, *done = json_array();
  do {
    json_int_t now_ms = wait_ms < longest_wait_ms ? wait_ms : longest_wait_ms;
    deliveries = receive(channel, max, now_ms);
    wait_ms -= now_ms;
  } while (json_array_size(deliveries) == 0 && wait_ms > 0);
  size_t i;
  json_array_foreach(deliveries, i, each) {
    print_line(body ? json_object_get(each, "message") : each);
    json_array_append(done, json_object_get(each, "delivery"));
  }
  if (i == 0) return exit_none;
  return ack ? report_late(acknowledge(channel, done)) : 0;
}

int command_ack(int count, char **arguments) {
  static const struct option none[] = {{0}};
  if (getopt_long(count, arguments, "+", none, NULL) != -1) misused("ack has no such option");
  if (count - optind < 2) misused("ack takes a queue and deliveries");
  json_t *deliveries = json_array();
  for (int i = optind + 1; i < count; i++)
    json_array_append_new(deliveries, json_integer(number(arguments[i], "the number of a delivery")));
  return report_late(acknowledge(arguments[optind], deliveries));
}

int command_subscribe(int count, char **arguments) {
  static const struct option known[] = {{"max", required_argument, NULL, 'm'}, {0}};
  json_int_t left = 0;
  for (int found; (found = getopt_long(count, arguments, "", known, NULL)) != -1;) {
    if (found != 'm') misused("subscribe has no such option");
    left = number(optarg, "a count");
  }
  if (optind == count) misused("subscribe needs a topic");
  json_t *topics = json_array();
  for (int i = optind; i < count; i++) json_array_append_new(topics, text(arguments[i]));
  static struct reply reply;
  call_stream(&reply, "event_subscribe", json_pack("{s:o}", "topics", topics));
  static char block[input_block];
  bool limited = left > 0, over = false;
  for (size_t got; !over && (got = http_read(&reply, block, sizeof block)) > 0;) {
    size_t shown = 0;
    while (shown < got && !over) over = block[shown++] == '\n' && limited && --left == 0;
    if (fwrite(block, 1, shown, stdout) == shown && fflush(stdout) == 0) continue;
    complain("the output cannot be written: %s", strerror(errno));
    return exit_refused;
  }
  if (over) return 0;
  complain("denied: a right to what was listened to has gone");
  return exit_refused;
}

static int create_queue(int count, char **arguments) {
  static const struct option known[] = {
      {"max-messages", required_argument, NULL, 'm'},   {"max-bytes", required_argument, NULL, 'b'},
      {"ack-within", required_argument, NULL, 'a'},     {"max-deliveries", required_argument, NULL, 'd'},
      {"schema", required_argument, NULL, 's'},         {0},
  };
  json_t *limits = json_object();
  for (int found; (found = getopt_long(count, arguments, "", known, NULL)) != -1;) {
    if (found == 'm') json_object_set_new(limits, "maxMessages", json_integer(number(optarg, "a count")));
    else if (found == 'b') json_object_set_new(limits, "maxBytes", json_integer(byte_count(optarg)));
    else if (found == 'a') json_object_set_new(limits, "acknowledgeMs", json_integer(duration_ms(optarg)));
    else if (found == 'd') json_object_set_new(limits, "maxDeliveries", json_integer(number(optarg, "a count")));
    else if (found == 's') {
      json_error_t error;
      json_t *schema = json_load_file(optarg, 0, &error);
      if (schema == NULL) misused("not a JSON Schema: %s: %s", optarg, error.text);
      json_object_set_new(limits, "schema", schema);
    } else misused("queue create has no such option");
  }
  call("queue_create", json_pack("{s:o, s:o}", "name", text(*operands(count, arguments, 1)), "limits", limits));
  return 0;
}

static int remove_queue(int count, char **arguments) {
  call("queue_remove", json_pack("{s:o}", "name", text(*only_operands(count, arguments, 1))));
  return 0;
}

static int list_queues(int count, char **arguments) {
  bool json = option(count, arguments, "json");
  operands(count, arguments, 0);
  json_t *queues = json_object_get(call("queue_list", json_object()), "queues"), *queue;
  if (json) return print_json(queues);
  struct table table = {.columns = 5};
  const char *headings[] = {"WAITING", "DELIVERED", "DEAD", "RECEIVERS", "QUEUE"};
  for (int i = 0; i < table.columns; i++) add_cell(&table, "%s", headings[i]);
  size_t i;
  json_array_foreach(queues, i, queue) {
    json_int_t depth = 0, delivered = 0, dead = 0, waiting = 0;
    const char *name = "";
    json_unpack(queue, "{s:I, s:I, s:I, s:I, s:s}", "depth", &depth, "delivered", &delivered, "dead", &dead, "waiting",
                &waiting, "name", &name);
    add_cell(&table, "%lld", (long long)depth);
    add_cell(&table, "%lld", (long long)delivered);
    add_cell(&table, "%lld", (long long)dead);
    add_cell(&table, "%lld", (long long)waiting);
    add_cell(&table, "%s", name);
  }
  return print_table(&table);
}

static int list_dead(int count, char **arguments) {
  json_t *request = json_pack("{s:o}", "name", text(*only_operands(count, arguments, 1)));
  json_t *letters = json_object_get(call("queue_dead", request), "letters"), *letter;
  size_t i;
  json_array_foreach(letters, i, letter) print_line(letter);
  return 0;
}

int command_queue(int count, char **arguments) {
  static const struct {
    const char *name;
    int (*run)(int count, char **arguments);
  } commands[] = {{"create", create_queue}, {"rm", remove_queue}, {"ls", list_queues}, {"dead", list_dead}};
  for (size_t i = 0; count > 1 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(arguments[1], commands[i].name) == 0) return commands[i].run(count - 1, arguments + 1);
  misused("queue takes create, rm, ls or dead");
}

int command_yield(int count, char **arguments) {
  only_operands(count, arguments, 0);
  call("yield", json_object());
  return 0;
}
