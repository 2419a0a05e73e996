/*
 * board SKETCH.hex [--fast] [--for SECONDS] [--pins]: runs a sketch on a simulated Uno until it ends.
 *
 * A sketch ends when nothing but a reset can wake the processor again: exit(CODE), abort(), or sleep with interrupts off.
 * exit's code is the exit code; what is still in Serial's buffer then is lost, as on a board: Serial.flush() comes first.
 * An instruction that the processor does not have ends it with SIGILL. SIGTERM ends it as any program.
 * --fast does not wait for the clock on the wall, --for ends it after so much of the board's time with exit code 0.
 */
#include "board.h"
#include <signal.h>
#include <sim_hex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { frequency = 16000000, slice = frequency / 1000, millivolts = 5000, exit_register = 24 };
enum { watchdog_control = 0x60, watchdog_enabled = 0x48, jump_to_itself = 0xcfff };

static void say(avr_t *avr, const int level, const char *format, va_list arguments) {
  if (level == LOG_ERROR || level == LOG_OUTPUT) vfprintf(stderr, format, arguments);
}

static void fail(const char *what, const char *file) {
  fprintf(stderr, "board: %s: %s\n", file, what);
  exit(2);
}

static void load(avr_t *avr, const char *file) {
  ihex_chunk_p chunks = NULL;
  int count = read_ihex_chunks(file, &chunks);
  if (count <= 0) fail("this is no Intel HEX file", file);
  for (int at = 0; at < count; at++) {
    if ((uint64_t)chunks[at].baseaddr + chunks[at].size > avr->flashend + 1) fail("the board's flash has 32 KiB", file);
    avr_loadcode(avr, chunks[at].data, chunks[at].size, chunks[at].baseaddr);
  }
  free_ihex_chunks(chunks);
}

/* simavr waits here by itself; time is pace.c's business. */
static void no_wait(avr_t *avr, avr_cycle_count_t cycles) {}

/* exit() and abort() are a jump to itself with interrupts off. With the watchdog on it is a way to ask for a reset. */
static bool stands_still(const avr_t *avr) {
  uint16_t instruction = avr->flash[avr->pc] | avr->flash[avr->pc + 1] << 8;
  return instruction == jump_to_itself && !avr->sreg[S_I] && !(avr->data[watchdog_control] & watchdog_enabled);
}

static int run(avr_t *avr, avr_cycle_count_t limit, bool fast) {
  pace_start();
  for (avr_cycle_count_t until = slice;; until += slice) {
    int state = cpu_Running;
    while (avr->cycle < until && state != cpu_Done && state != cpu_Crashed) state = avr_run(avr);
    serial_move();
    if (state == cpu_Crashed) {
      fprintf(stderr, "board: the sketch went astray at %#x\n", avr->pc);
      raise(SIGILL);
    }
    if (state == cpu_Done || avr->cycle >= limit) return 0;
    if (stands_still(avr)) return avr->data[exit_register];
    if (!fast) pace_wait(avr->cycle / (frequency / 1000000));
  }
}

int main(int count, char **arguments) {
  bool fast = false, pins = false;
  double seconds = 1e9;
  if (count < 2) fail("which sketch?", "usage");
  for (int at = 2; at < count; at++) {
    const char *option = arguments[at];
    if (strcmp(option, "--fast") == 0) fast = true;
    else if (strcmp(option, "--pins") == 0) pins = true;
    else if (strcmp(option, "--for") == 0 && at + 1 < count && (seconds = strtod(arguments[at + 1], NULL)) > 0) at++;
    else fail("the options are --fast, --for SECONDS and --pins", option);
  }
  avr_global_logger_set(say);
  avr_t *avr = avr_make_mcu_by_name("atmega328p");
  if (avr == NULL || avr_init(avr) != 0) fail("the simulator has no such processor", "atmega328p");
  avr->frequency = frequency;
  avr->vcc = avr->avcc = avr->aref = millivolts;
  avr->sleep = no_wait;
  load(avr, arguments[1]);
  serial_connect(avr);
  if (pins) pins_watch(avr);
  return run(avr, seconds < 1e9 ? (avr_cycle_count_t)(seconds * frequency) : UINT64_MAX, fast);
}
