/* What the parts of `board` share: a simulated Uno whose serial line is stdin and stdout. */
#pragma once
#include <sim_avr.h>
#include <stdbool.h>
#include <stdint.h>

/* serial.c: UART0 joined with stdin and stdout, byte for byte. */
void serial_connect(avr_t *avr);
/* Gives the sketch what has come, as far as its receiver has room, and writes out what it has sent. */
void serial_move(void);
/* What poll() waits for: stdin, or -1 while there is nothing to wait for. */
int serial_waits_for(void);

/* pace.c: one second of the board takes one second. */
void pace_start(void);
/* Waits until the clock on the wall is where the board's is, or something comes on stdin. */
void pace_wait(uint64_t board_us);

/* pins.c: says on stderr which pin goes high or low, and when. */
void pins_watch(avr_t *avr);
