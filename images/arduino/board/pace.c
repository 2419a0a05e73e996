/*
 * Time. The simulation is faster than the board, so it waits for the clock on the wall. A simulation that has fallen
 * behind, because its process was paused, its reader was slow, or the machine is, does not hurry to catch up.
 */
#include "board.h"
#include <poll.h>
#include <time.h>

enum { behind_us = 100000 };

static int64_t start_us;

static int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

void pace_start(void) { start_us = now_us(); }

void pace_wait(uint64_t board_us) {
  int64_t ahead_us = start_us + (int64_t)board_us - now_us();
  if (ahead_us < -behind_us) start_us -= ahead_us;
  if (ahead_us < 1000) return;
  struct pollfd wait = {.fd = serial_waits_for(), .events = POLLIN};
  struct timespec until = {.tv_sec = ahead_us / 1000000, .tv_nsec = ahead_us % 1000000 * 1000};
  ppoll(&wait, 1, &until, NULL);
}
