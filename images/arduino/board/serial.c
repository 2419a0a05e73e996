/*
 * The serial line. stdin is read only when the line is ready for more, so that a sender waits in its pipe until the sketch
 * has opened its serial port. From then on bytes come at the rate of the line, and what the sketch does not read in time is
 * lost in its buffer of 64 bytes, as on a board.
 */
#include "board.h"
#include <avr_uart.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
  avr_irq_t *line;
  bool ready, ended;
  uint8_t in[4096], out[4096];
  size_t taken, held, sent;
} serial;

static void flush(void) {
  size_t done = 0;
  while (done < serial.sent) {
    ssize_t count = write(STDOUT_FILENO, serial.out + done, serial.sent - done);
    if (count < 0 && errno == EINTR) continue;
    /* Whoever read it is gone. A board does not mind, but nobody will ever see what it does. */
    if (count < 0) exit(1);
    done += count;
  }
  serial.sent = 0;
}

static void on_output(avr_irq_t *irq, uint32_t value, void *none) {
  if (serial.sent == sizeof serial.out) flush();
  serial.out[serial.sent++] = value;
}

static void on_ready(avr_irq_t *irq, uint32_t value, void *none) {
  if (value) serial.ready = true;
}

static void on_full(avr_irq_t *irq, uint32_t value, void *none) {
  if (value) serial.ready = false;
}

static void fill(void) {
  struct pollfd stdin_now = {.fd = STDIN_FILENO, .events = POLLIN};
  if (serial.ended || poll(&stdin_now, 1, 0) <= 0) return;
  ssize_t count = read(STDIN_FILENO, serial.in, sizeof serial.in);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  serial.ended = count <= 0;
  serial.taken = 0;
  serial.held = count > 0 ? count : 0;
}

void serial_connect(avr_t *avr) {
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  serial.line = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_output, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), on_ready, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), on_full, NULL);
}

void serial_move(void) {
  if (serial.taken == serial.held && serial.ready) fill();
  while (serial.ready && serial.taken < serial.held) avr_raise_irq(serial.line, serial.in[serial.taken++]);
  flush();
}

int serial_waits_for(void) { return serial.ready && !serial.ended && serial.taken == serial.held ? STDIN_FILENO : -1; }
